"""google-auth as it is: the credential file of the environment, whose tokens come from the agent."""

import json
import os

import google.auth
from google.auth.transport.requests import AuthorizedSession

credentials, _ = google.auth.default()
reply = AuthorizedSession(credentials).get(f"http://{os.environ['HALLPASS_EMULATOR_HOST']}/v1beta/models")
print(
    json.dumps(
        {
            "type": type(credentials).__module__,
            "status": reply.status_code,
            "project": reply.request.headers["x-goog-user-project"],
        }
    )
)
