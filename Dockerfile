# The workflow, with the versions of requirements.txt. Build it in this folder:
#
#   docker build --tag networks .
#
# Then run it in any folder. Everything after `networks` goes to snakemake:
#
#   docker run --rm --user "$(id -u):$(id -g)" --volume "$PWD:/work" networks --cores 4 digits_mlp
#
# data/ and results/ appear in the current folder. A config.yaml there replaces the image's; give a file of your own
# as usual: --configfile mine.yaml.
FROM python:3.11-slim

COPY requirements.txt /tmp/
RUN pip install --no-cache-dir -r /tmp/requirements.txt

# Compile now, because jobs cannot write to the folder of the programs.
COPY . /networks
RUN python -m compileall -q /networks/scripts \
    && useradd --no-create-home networks \
    && install -d -o networks -g networks /work

# `docker run --user` may name a user that the image does not know, who has neither a home nor a name.
ENV HOME=/tmp USER=networks
USER networks
WORKDIR /work
# In the seconds before jobs start, process 1 ignores SIGTERM.
STOPSIGNAL SIGINT
ENTRYPOINT ["snakemake", "--snakefile", "/networks/Snakefile"]
