"""OSCQuery: what addresses there are, as JSON over HTTP, and their values over WebSockets."""
