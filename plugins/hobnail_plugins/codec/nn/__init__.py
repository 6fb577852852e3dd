"""The torch halves of the codecs; nothing of the stage imports this room before it is asked to."""
