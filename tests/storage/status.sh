# The state of a job that submit.sh sent away.
cat "$1.state" 2>/dev/null || echo running
