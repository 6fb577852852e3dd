"""What is seen, on the clock of hops: frame features of an emitter as rows, pictures as a grid of cells."""
