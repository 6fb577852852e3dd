"""A JACK client by ctypes: plays notes at known frames and records what comes back, frame by frame."""

import ctypes

import numpy as np

AUDIO, MIDI = b"32 bit float mono audio", b"8 bit raw midi"
IN, OUT = 1, 2
NO_START = 1


class JackEar:
    """``notes``: (frame since the beginning of the recording, three bytes)."""

    def __init__(self, name, frames, notes):
        self.sound = np.zeros(frames, np.float32)
        self.done = 0
        self._notes = list(notes)
        self._jack = jack = ctypes.CDLL("libjack.so.0")
        for function in ("jack_client_open", "jack_port_register", "jack_port_get_buffer"):
            getattr(jack, function).restype = ctypes.c_void_p
        self._client = ctypes.c_void_p(jack.jack_client_open(name.encode(), NO_START, None))
        assert self._client, "no JACK server"
        self._in = self._port(b"in", AUDIO, IN)
        self._out = self._port(b"out", MIDI, OUT)
        self._callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_uint32, ctypes.c_void_p)(self._process)
        jack.jack_set_process_callback(self._client, self._callback, None)
        self.running = False

    def start(self, heard, played):
        """Connect and begin: ``heard`` is recorded, ``played`` gets the notes."""
        jack = self._jack
        assert jack.jack_activate(self._client) == 0
        assert jack.jack_connect(self._client, heard.encode(), jack_name(jack, self._in)) == 0
        assert jack.jack_connect(self._client, jack_name(jack, self._out), played.encode()) == 0
        self.running = True

    def close(self):
        self._jack.jack_client_close(self._client)

    def _port(self, name, kind, way):
        return ctypes.c_void_p(self._jack.jack_port_register(self._client, name, kind, ctypes.c_ulong(way), 0))

    def _process(self, frames, _):
        jack = self._jack
        out = ctypes.c_void_p(jack.jack_port_get_buffer(self._out, frames))
        jack.jack_midi_clear_buffer(out)
        if not self.running or self.done + frames > len(self.sound):
            return 0
        for at, note in self._notes:
            if self.done <= at < self.done + frames:
                jack.jack_midi_event_write(out, ctypes.c_uint32(at - self.done), note, ctypes.c_size_t(len(note)))
        heard = jack.jack_port_get_buffer(self._in, frames)
        block = np.ctypeslib.as_array(ctypes.cast(heard, ctypes.POINTER(ctypes.c_float)), (frames,))
        self.sound[self.done : self.done + frames] = block
        self.done += frames
        return 0


def jack_name(jack, port):
    jack.jack_port_name.restype = ctypes.c_char_p
    return jack.jack_port_name(port)
