"""The link between the engine process and the bridge process: shared memory, two queues, audio taps, doorbells."""
