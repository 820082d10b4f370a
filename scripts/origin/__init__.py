"""Where files come from: digests of settings, data and code, CPU kernels, and comparison of two builds."""
