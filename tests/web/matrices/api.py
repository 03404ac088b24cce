from tests.web.matrices import SEE

ROWS = {"api-absent": ("get", {"rest": "v1/nothing"}, dict.fromkeys(SEE, 404))}
