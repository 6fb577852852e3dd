"""One pass of a bundle's network by other means, timed side by side; ``hobnail bench engine --compare`` starts it."""
