"""Film: pictures in, contacts and sound out, and the film with sound."""
