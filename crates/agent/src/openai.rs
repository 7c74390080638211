//! OpenAI's dialect, translated onto the Gemini API's own calls: Google's OpenAI address takes API keys alone, so a program
//! that speaks that dialect cannot use a sign-in there.
//!
//! Plain functions from bytes to bytes: nothing here opens a connection.
