"""Aims google-auth's refresh at the emulator.

google-auth ignores the `token_uri` of a user's file and posts to a constant. This is the only
thing about Google's Python clients that these tests change.
"""

import os

import google.oauth2.credentials

google.oauth2.credentials._GOOGLE_OAUTH2_TOKEN_ENDPOINT = os.environ["EMULATOR"] + "/token"
