from tests.web.matrices import OWN, SEE

ROWS = {
    "deals": ("get", {}, SEE),
    "deals-one": ("get", {"pk": "deal"}, OWN),
    "deals-gate": ("get", {"pk": "deal"}, OWN),
    "deals-forecasts": ("get", {}, SEE),
    "services": ("get", {}, SEE),
}
