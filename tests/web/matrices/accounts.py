from tests.web.matrices import SEE

# Whoever is signed in has an account, in an office or not.
MINE = {**SEE, "nobody": 200}
# Before something that matters one confirms that it is oneself.
AGAIN = dict.fromkeys(SEE, 302)
OPEN = dict.fromkeys(SEE, 200)
LEAD = {**SEE, "rita": 403, "bo": 403}
LEAD_OWN = {**LEAD, "chen": 404}
# Nobody is in the middle of signing in.
NOBODY = dict.fromkeys(SEE, 302)
MISSING = dict.fromkeys(SEE, 404)
ROWS = {
    "account_login": ("get", {}, OPEN),
    "mfa_authenticate": ("get", {}, NOBODY),
    # There is no single sign-on unless the environment names one.
    "openid_connect_login": ("post", {"provider_id": "sso"}, MISSING),
    "openid_connect_callback": ("get", {"provider_id": "sso"}, MISSING),
    "join": ("get", {"token": "x"}, MISSING),
    "account": ("get", {}, MINE),
    "mfa_index": ("get", {}, MINE),
    "account-sessions-end": ("post", {}, {**dict.fromkeys(SEE, 404), "anonymous": 302}),
    "account-identity": ("post", {}, AGAIN),
    "account_change_password": ("get", {}, MINE),
    "account_reauthenticate": ("get", {}, MINE),
    "mfa_reauthenticate": ("get", {}, AGAIN),
    "mfa_activate_totp": ("get", {}, AGAIN),
    "mfa_deactivate_totp": ("get", {}, {**MISSING, "anonymous": 302}),
    "mfa_view_recovery_codes": ("get", {}, {**MISSING, "anonymous": 302}),
    "mfa_generate_recovery_codes": ("get", {}, AGAIN),
    "access": ("get", {}, LEAD),
    "access-invite": ("get", {}, LEAD),
    "access-policy": ("post", {}, {**LEAD, "chen": 404, "alice": 404}),
    "access-change": ("post", {"pk": "member"}, {**LEAD_OWN, "alice": 404}),
    "access-link": ("post", {"pk": "member"}, LEAD_OWN),
}
