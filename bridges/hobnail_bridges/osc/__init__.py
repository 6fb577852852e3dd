"""The OSC door: UDP, TCP and OSCQuery for DAWs, controllers and patchers."""
