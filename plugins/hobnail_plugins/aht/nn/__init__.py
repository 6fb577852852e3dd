"""The torch half of the network: for training and export."""
