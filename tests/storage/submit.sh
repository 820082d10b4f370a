# Sends a job script away: it runs in the background, in an empty folder of its own. Prints its id.
set -e
mkdir -p "$NODES"
job=$(mktemp -d "$NODES/XXXXXX")
cp "$1" "$job.sh"
(
    cd "$job"
    PATH=$NODE_PYTHON:$PATH
    if sh "$job.sh" >"$job.log" 2>&1; then state=success; else state=failed; fi
    echo $state >"$job.state"
) </dev/null >/dev/null 2>&1 &
echo "$job"
