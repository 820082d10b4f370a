# The workflow, with the versions of requirements.txt. Build it in this folder:
#
#   docker build --tag networks .
#
# and run it in any. What stands behind `networks` are options and targets of snakemake:
#
#   docker run --rm --user "$(id -u):$(id -g)" --volume "$PWD:/work" networks --cores 4 digits_mlp
#
# data/ and results/ are then in the folder of the call; a config.yaml there takes the place of the image's,
# and a file of your own there is named as ever: --configfile mine.yaml.
FROM python:3.11-slim

COPY requirements.txt /tmp/
RUN pip install --no-cache-dir -r /tmp/requirements.txt

# Compiled here, since jobs cannot write beside the programs.
COPY . /networks
RUN python -m compileall -q /networks/scripts \
    && useradd --no-create-home networks \
    && install -d -o networks -g networks /work

# For `docker run --user`, too: a user that the image does not know has neither a home nor a name.
ENV HOME=/tmp USER=networks
USER networks
WORKDIR /work
ENTRYPOINT ["snakemake", "--snakefile", "/networks/Snakefile"]
