"""Bounces: sessions of their own, without a clock, for clients that render offline and wait for the sound."""
