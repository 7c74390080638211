"""Prints the project that google-auth finds: from no variable, so it asks gcloud."""

import google.auth

_, project = google.auth.default()
print(project)
