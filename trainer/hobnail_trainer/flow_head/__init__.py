"""The rival of whole blocks: a causal backbone and a flow head, hop after hop. A research arm; nothing of it ships."""
