"""Puts the packages of .requirements.zip, which lies beside the handler, where Python finds them: import it before them."""
import os
import sys
import tempfile
import zipfile

packages = '/tmp/sls-py-req'

sys.path.insert(1, packages)
if not os.path.isdir(packages):
    task = os.getcwd() if os.environ.get('IS_LOCAL') == 'true' else os.environ.get('LAMBDA_TASK_ROOT', os.getcwd())
    unpacked = tempfile.mkdtemp(dir=os.path.dirname(packages))
    with zipfile.ZipFile(os.path.join(task, '.requirements.zip')) as archive:
        archive.extractall(unpacked)
    os.rename(unpacked, packages)  # at once, so that nobody finds half of it
