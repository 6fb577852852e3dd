"""Speed is told with what it is measured against."""

from hobnail_trainer.model.speed import measure_speed


def test_speed_counts_tokens_and_products(short, data, make):
    found = measure_speed(short, data.train, make, batches=2)
    assert found.tokens_per_s > 0.0
    assert 6.0 * found.parameters * 0.1 < found.flops_per_token < 6.0 * found.parameters * 10.0
    assert 0.0 < found.share < 1.5
    assert found.peak_rss_gb > 0.05
