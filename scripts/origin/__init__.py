"""The origin of files: digests of settings, data and code, CPU kernels, and comparison of two builds."""
