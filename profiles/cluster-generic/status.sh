#!/bin/sh
# The state of one Slurm job, as the executor wants it: running, success or failed.
# squeue knows the jobs of the last minutes (MinJobAge), sacct those of the last days.
state=$(squeue --noheader --states=all --jobs="$1" --format=%T 2>/dev/null)
[ -n "$state" ] || state=$(sacct -X --noheader --parsable2 --jobs="$1" --format=State 2>/dev/null | head -n 1)
case $state in
COMPLETED*) echo success ;;
BOOT_FAIL* | CANCELLED* | DEADLINE* | FAILED* | NODE_FAIL* | OUT_OF_ME* | PREEMPTED* | REVOKED* | TIMEOUT*) echo failed ;;
*) echo running ;; # waiting, running, or no answer just now
esac
