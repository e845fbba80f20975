#!/usr/bin/env python3
"""Holds the archives of `driftless package --build` against osls 4 with serverless-python-requirements: names, modes, contents,
and what the template says of layers.

    check.py DRIFTLESS SERVERLESS FOLDER [SERVICE…]

SERVERLESS starts the framework (config/setup oracle); FOLDER has the plugin and wheels (config/setup python). Exit status 1 when
an archive differs, 77 when the peers are missing (1 with CI=true).

What differs by rule:
- compiled files (.pyc): the plugin's know their source by its time and the folder it was in, ours by a hash of its content; ours
  have to fit the source that is shipped;
- direct_url.json of what was installed from a folder names that folder, and RECORD that file's hash;
- unzip_requirements.py is a text of our own, that does the same;
- files of a module lose their rights in the plugin's archives, and folders are entries in some of them."""
import concurrent.futures
import glob
import http.server
import importlib.util
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import zipfile

from services import SERVICES

PATH = '/usr/local/bin:/usr/bin:/bin'


class NoStack(http.server.BaseHTTPRequestHandler):
    """CloudFormation before the first deploy: the framework asks for the layers of its stack."""

    def do_POST(self):
        self.rfile.read(int(self.headers.get('Content-Length', 0)))
        text = (b'<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code>'
                b'<Message>Stack with id python-dev does not exist</Message></Error></ErrorResponse>')
        self.send_response(400)
        self.send_header('Content-Type', 'text/xml')
        self.send_header('Content-Length', str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


def run(command, folder, home, endpoint):
    node = os.path.dirname(shutil.which('node') or '/usr/bin/node')
    environment = {'PATH': '%s:%s' % (PATH, node), 'HOME': home, 'SLS_TELEMETRY_DISABLED': '1', 'CI': '1',
                   'AWS_ACCESS_KEY_ID': 'none', 'AWS_SECRET_ACCESS_KEY': 'none', 'AWS_ENDPOINT_URL': endpoint}
    done = subprocess.run(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=150, check=False)
    if done.returncode:
        raise AssertionError('%s: %s' % (' '.join(command), done.stdout.decode()[-4000:]))


def archives(folder):
    """{logical id: file} of what functions and layers consist of, and what is said of layers."""
    with open(os.path.join(folder, 'cloudformation-template-update-stack.json'), encoding='utf-8') as file:
        template = json.load(file)
    files, layers = {}, {}
    for name, resource in template['Resources'].items():
        properties = resource.get('Properties', {})
        code = properties.get('Code') or properties.get('Content')
        if resource['Type'] in ('AWS::Lambda::Function', 'AWS::Lambda::LayerVersion') and code:
            files[name] = glob.glob(os.path.join(folder, '**', os.path.basename(code['S3Key'])), recursive=True)[0]
        if 'Layer' in resource['Type'] or properties.get('Layers'):
            code and code.pop('S3Key')
            layers[name] = resource
    layers['outputs'] = [name for name in template['Outputs'] if 'Layer' in name]
    return files, layers


def content(archive):
    found = {}
    with zipfile.ZipFile(archive) as opened:
        for entry in opened.infolist():
            if not entry.filename.endswith('/'):
                found[entry.filename] = (entry.external_attr >> 16 & 0o777, opened.read(entry))
    return found


def normal(name, data, folder):
    base = os.path.basename(name)
    if base == 'direct_url.json':
        return data.replace(('file://' + folder).encode(), b'file:///tmp/build')
    if base == 'RECORD':
        return b''.join(line for line in data.splitlines(True) if b'/direct_url.json,' not in line)
    return b'' if base.endswith('.pyc') or base == 'unzip_requirements.py' else data


def check_compiled(name, files):
    if '/__pycache__/' not in '/' + name:
        return
    folder, base = os.path.split(name)
    source = os.path.join(os.path.dirname(folder), base.split('.')[0] + '.py')
    data = files[name][1]
    if source not in files:  # slimPatterns took it
        return
    assert data[:4] == importlib.util.MAGIC_NUMBER and data[4:8] == b'\3\0\0\0', '%s is not checked by its hash' % name
    assert data[8:16] == importlib.util.source_hash(files[source][1]), '%s does not fit %s' % (name, source)


def compare(ours, theirs, folder, lifted, where):
    missing, more = sorted(theirs.keys() - ours.keys()), sorted(ours.keys() - theirs.keys())
    assert not missing and not more, '%s: without %s, and with %s' % (where, missing[:9], more[:9])
    for name, (mode, data) in ours.items():
        if name == '.requirements.zip':
            compare(content(io.BytesIO(data)), content(io.BytesIO(theirs[name][1])), folder, False, where + '/' + name)
            continue
        assert normal(name, data, folder) == normal(name, theirs[name][1], folder), (
            '%s/%s: %r and not %r' % (where, name, data[:400], theirs[name][1][:400]))
        assert lifted and theirs[name][0] == 0o664 or mode == theirs[name][0], (
            '%s/%s: mode %o and not %o' % (where, name, mode, theirs[name][0]))
        if name.endswith('.pyc'):
            check_compiled(name, ours)


def check(name, driftless, serverless, peers, endpoint):
    folder = tempfile.mkdtemp(prefix='compare-', dir=peers)
    service = os.path.join(folder, 'service')
    try:
        for file, text in SERVICES[name].items():
            text, mode = text if isinstance(text, tuple) else (text, 0o644)
            os.makedirs(os.path.dirname(os.path.join(service, file)), exist_ok=True)
            with open(os.path.join(service, file), 'w', encoding='utf-8') as opened:
                opened.write(text)
            os.chmod(opened.name, mode)
        shutil.copytree(os.path.join(peers, 'wheels'), os.path.join(service, 'wheels'))
        run([driftless, 'package', '.', '--build', '--output', '../ours'], service, folder, endpoint)
        run([serverless, 'package'], service, folder, endpoint)
        ours, our_layers = archives(os.path.join(folder, 'ours'))
        theirs, their_layers = archives(os.path.join(service, '.serverless'))
        assert our_layers == their_layers, 'layers: %s and not %s' % (our_layers, their_layers)
        assert ours.keys() == theirs.keys() and ours, '%s and not %s' % (ours.keys(), theirs.keys())
        count = 0
        for resource, archive in ours.items():
            files = content(archive)
            count += len(files)
            assert os.path.basename(archive) == os.path.basename(theirs[resource]), '%s and not %s' % (archive, theirs[resource])
            compare(files, content(theirs[resource]), service, name.startswith('modules'), os.path.basename(archive))
        return 'same  %s: %d archives, %d files' % (name, len(ours), count)
    finally:
        shutil.rmtree(folder)


def main():
    driftless, serverless, peers = (os.path.abspath(path) for path in sys.argv[1:4])
    if not os.path.exists(serverless) or not os.path.exists(os.path.join(peers, 'wheels')):
        print('check: the peers are missing: sh config/setup oracle build/oracle python build/python')
        sys.exit(1 if os.environ.get('CI') == 'true' else 77)
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), NoStack)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    endpoint = 'http://127.0.0.1:%d' % server.server_port
    different = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        waiting = {pool.submit(check, name, driftless, serverless, peers, endpoint): name for name in sys.argv[4:] or SERVICES}
        for done in concurrent.futures.as_completed(waiting):
            try:
                print(done.result(), flush=True)
            except Exception as error:  # pylint: disable=broad-except
                different += 1
                print('DIFFERS  %s: %s' % (waiting[done], error), flush=True)
    print('%d of %d services are the same' % (len(waiting) - different, len(waiting)))
    sys.exit(different > 0)


main()
