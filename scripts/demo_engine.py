"""Which engine `make demo` plays by: the trained bundle where the processor keeps up, else the rules."""

from hobnail_native import neural_supported

if __name__ == "__main__":
    print("aht" if neural_supported() else "procedural")
