# Runs in the sandbox, in the service's folder or, where none of its files are named, in an empty one: installs what
# serverless-python-requirements 6.1 installs for a module, as it lays it out, into `out`. Standard input, as JSON: the options
# and requirements that reconcile/compile/plugins/python_requirements.c reads, `out`, and `unzip`, the text of a module.
import json
import os
import py_compile
import re
import shutil
import stat
import subprocess
import sys
import zipfile

request = json.load(sys.stdin)
out = request['out']
layout = request['layout']
target = os.path.abspath(os.path.join(out, 'python') if layout == 'layer' else out)
login = re.compile(r'(\w+://)[^/@\s]+@')


def fail(message):
    sys.stdout.write(message + '\n')
    sys.exit(1)


def without_logins(text):
    return login.sub(r'\1****@', text)


# --- which packages

def is_option(line):
    return line.startswith(('--', '-c', '-e', '-f', '-i', '-r'))


def name_of(line):
    return re.split(r'[=<> \t]', line)[0]


# As the plugin writes them: options first, as they come, then the others sorted; editable ones are installed like others.
def choose(lines):
    lines = [line for line in (line.strip() for line in lines) if line and not line.startswith('#')]
    options = [re.sub(r'^-e\s*', '', line) for line in lines if is_option(line)]
    wanted = [line for line in lines if not is_option(line) and name_of(line) not in request['noDeploy']]

    return options + sorted(wanted, key=lambda line: line.encode('utf-16-be'))


def read_toml(name):
    try:
        import tomllib as toml
    except ImportError:
        from pip._vendor import tomli as toml
    try:
        return toml.loads(request[name])
    except ValueError as error:
        fail('%s cannot be read: %s' % ('poetry.lock' if name == 'lock' else 'pyproject.toml', error))


def pipenv_line(name, package):
    extras = '[%s]' % ','.join(package['extras']) if package.get('extras') else ''
    markers = '; ' + package['markers'] if package.get('markers') else ''

    if 'path' in package or 'file' in package:
        return package.get('path') or package['file']
    if 'git' in package:
        address = package['git'] if package['git'].startswith('git+') else 'git+' + package['git']
        folder = '#subdirectory=' + package['subdirectory'] if package.get('subdirectory') else ''
        return '%s%s@ %s@%s%s%s' % (name, extras, address, package['ref'], folder, markers and ' ' + markers)
    version = package.get('version', '*')
    return '%s%s%s%s' % (name, extras, version if version != '*' else '', markers)


def from_pipenv():
    try:
        lock = json.loads(request['lock'])
        sources = [source['url'] for source in lock['_meta']['sources']]
        packages = sorted(lock['default'].items())
        return (['-i ' + url for url in sources[:1]] + ['--extra-index-url ' + url for url in sources[1:]] +
                [pipenv_line(name, package) for name, package in packages])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return fail('Pipfile.lock cannot be read: %s %s' % (type(error).__name__, error))


def plain_name(name):
    return re.sub(r'[-_.]+', '-', name).lower()


# What a project asks for in the groups that are installed: {name: [declarations]}.
def poetry_roots(project):
    poetry = project.get('tool', {}).get('poetry', {})
    groups = request['poetryGroups']
    named = {'main': poetry.get('dependencies', {})}
    optional = set()
    roots = {}

    if poetry.get('dev-dependencies'):
        named['dev'] = poetry['dev-dependencies']
    for name, group in poetry.get('group', {}).items():
        named[name] = group.get('dependencies', {})
        if group.get('optional'):
            optional.add(name)
    asked = groups['only'] or ['main'] + groups['with']
    unknown = [name for name in asked + groups['without'] if name not in named]
    if unknown:
        fail('pyproject.toml has no group ' + ', '.join(unknown))
    for name in asked:
        if name in groups['without']:
            continue
        for package, declared in named[name].items():
            if package.lower() != 'python':
                roots.setdefault(plain_name(package), []).extend(declared if isinstance(declared, list) else [declared])
    if not groups['only'] or 'main' in groups['only']:
        for line in project.get('project', {}).get('dependencies', []):
            match = re.match(r'\s*([A-Za-z0-9._-]+)\s*(?:\[([^]]*)\])?[^;]*(?:;(.*))?$', line)
            if match:
                declared = {'extras': [extra.strip() for extra in (match.group(2) or '').split(',') if extra.strip()]}
                if match.group(3):
                    declared['markers'] = match.group(3).strip()
                roots.setdefault(plain_name(match.group(1)), []).append(declared)
    return roots


# The value of one of pip's options; None where it is not given.
def pip_option(name):
    words = request['pip']

    for index, word in enumerate(words):
        if word.startswith(name + '='):
            return word[len(name) + 1:]
        if word == name and index + 1 < len(words):
            return words[index + 1]
    return None


# Of the Python that functions run on: this one, unless pip is told another.
def python_version():
    told = pip_option('--python-version')
    numbers = [int(number) for number in re.findall(r'\d+', told or '')]

    if len(numbers) == 1 and numbers[0] > 9:  # 312
        numbers = [int(told[0]), int(told[1:])]
    return tuple((numbers + [0, 0])[:3]) if numbers else sys.version_info[:3]


def holds(marker, extra=''):
    from pip._vendor.packaging.markers import Marker
    about = {'extra': extra, 'python_version': '%d.%d' % python_version()[:2], 'python_full_version': '%d.%d.%d' % python_version()}

    if 'aarch64' in (pip_option('--platform') or ''):
        about['platform_machine'] = 'aarch64'
    return not marker or Marker(marker).evaluate(about)


def python_holds(versions):
    from pip._vendor.packaging.specifiers import SpecifierSet

    def one(text):
        caret = re.match(r'^[\^~](\d+)(?:\.(\d+))?', text)
        if caret and not text.startswith('~='):
            major, minor = int(caret.group(1)), int(caret.group(2) or 0)
            upper = '%d.%d' % (major, minor + 1) if text.startswith('~') and caret.group(2) else '%d' % (major + 1)
            return '>=%s,<%s' % (text[1:], upper)
        return text + '.*' if re.match(r'^\d+(\.\d+)?$', text) else text
    texts = [','.join(one(part.strip()) for part in text.split(',')) for text in versions.split('||')]

    return any(text in ('', '*') or SpecifierSet(re.sub(r'^(\d)', r'==\1', text)).contains('%d.%d.%d' % python_version())
               for text in texts)


def applies(declared, extras=('',)):
    if not isinstance(declared, dict):
        return True
    return any(holds(declared.get('markers'), extra) for extra in extras) and python_holds(declared.get('python', '*'))


def poetry_line(package):
    source = package.get('source', {})

    if source.get('type') == 'git':
        return '%s @ git+%s@%s%s' % (package['name'], source['url'], source['resolved_reference'],
                                     '#subdirectory=' + source['subdirectory'] if source.get('subdirectory') else '')
    if source.get('type') in ('directory', 'file'):
        return './' + source['url']
    if source.get('type') == 'url':
        return '%s @ %s' % (package['name'], source['url'])
    return '%s==%s' % (package['name'], package['version'])


# What of a lock file a project needs on this Python: from its own dependencies to theirs.
def from_poetry():
    lock, project = read_toml('lock'), read_toml('pyproject')
    packages = {}
    waiting = []
    taken = {}

    asked = project.get('tool', {}).get('poetry', {}).get('dependencies', {}).get('python', '*')
    if not python_holds(asked):
        fail('pyproject.toml asks for Python %s, and this is %d.%d.%d: set custom.pythonRequirements.pythonBin' % (
            (asked,) + python_version()))
    for package in lock.get('package', []):
        packages.setdefault(plain_name(package['name']), []).append(package)
    for name, declarations in poetry_roots(project).items():
        for declared in declarations:
            if applies(declared) and not (isinstance(declared, dict) and declared.get('optional')):
                waiting.append((name, tuple(declared.get('extras', ())) if isinstance(declared, dict) else ()))
    while waiting:
        name, extras = waiting.pop()
        if name not in packages and name in ('pip', 'setuptools', 'wheel', 'distribute'):
            continue  # older lock files leave them out
        if name not in packages:
            fail('poetry.lock has no package %s, which is asked for: run poetry lock' % name)
        if set(extras) | {''} <= taken.get(name, set()):
            continue
        taken.setdefault(name, set()).update(extras, [''])
        for package in packages[name]:
            if not applies({'python': package.get('python-versions', '*')}):
                continue
            for needed, declared in package.get('dependencies', {}).items():
                for one in declared if isinstance(declared, list) else [declared]:
                    if not applies(one, ('',) + extras):
                        continue
                    optional = isinstance(one, dict) and one.get('optional')
                    wanted = any(plain_name(re.split(r'[\s(\[<>=!~;]', text)[0]) == plain_name(needed)
                                 for extra in extras for text in package.get('extras', {}).get(extra, []))
                    if not optional or wanted:
                        waiting.append((plain_name(needed), tuple(one.get('extras', ())) if isinstance(one, dict) else ()))
    sources = sorted({package['source']['url'] for name in taken for package in packages[name]
                      if package.get('source', {}).get('type') == 'legacy'})

    return ['--extra-index-url ' + url for url in sources] + [
        poetry_line(package) for name in taken for package in packages[name]
        if applies({'python': package.get('python-versions', '*')}) and holds(package.get('markers') if isinstance(
            package.get('markers'), str) else None)]


def requirements():
    if 'pipfile' in request:
        return choose(from_pipenv())
    return choose(from_poetry() if 'pyproject' in request else request['lines'])


# --- pip

# The files and folders that are named; each is to be in the folder that was given to the sandbox, whose root is /build.
def paths_of(lines):
    words = [re.split(r'[;\[]', word)[0] for line in lines for word in re.split(r'[\s=]+', line.split(' #')[0])]
    paths = [word for word in words if '://' not in word and ('/' in word or word.startswith('.')) and not os.path.isabs(word)]

    for path in paths:
        if not (os.path.realpath(path) + '/').startswith('/build/'):
            fail('requirement %s leads out of the folder that is built: set build.folder in driftless.yml to one that holds '
                 'both' % path)
    return paths


# A package in a folder is built where it lies, which is not to be written to.
def folder_for_pip(lines):
    if not any(os.path.isdir(path) for path in paths_of(lines)):
        return os.getcwd()
    shutil.copytree('/build', '/tmp/build', symlinks=True)
    return '/tmp' + os.getcwd()


# What pip reads is not what is shipped: constraints lie elsewhere, and logins stay here.
def write_for_pip(lines):
    path = '/tmp/requirements.txt'
    read = []

    for number, line in enumerate(lines):
        if line in request.get('constraints', {}):
            constraints = '/tmp/constraints-%d.txt' % number
            with open(constraints, 'w', encoding='utf-8') as file:
                file.write(request['constraints'][line])
            line = '-c ' + constraints
        read.append(line)
    with open(path, 'w', encoding='utf-8') as file:
        file.write('\n'.join(read) + '\n')
    return path


def install(lines, folder):
    try:
        import pip  # noqa: F401
    except ImportError:
        fail('%s has no pip: install it (apt-get install python3-pip)' % sys.executable)
    granted = 'HTTPS_PROXY' in os.environ
    command = [sys.executable, '-m', 'pip', 'install'] + request['pip'] + ['-t', target, '-r', write_for_pip(lines)]
    if not granted:  # else it would try again for minutes
        os.environ.update(PIP_NO_INDEX='1', PIP_RETRIES='0')
    pip = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, cwd=folder)
    for line in pip.stdout:
        sys.stdout.write(without_logins(line.decode('utf-8', 'replace')))
        sys.stdout.flush()
    if pip.wait() == 0:
        return
    fail('pip failed' if granted else
         'pip failed, and no host may be reached: name those that packages come from in build: {network: [HOST, ...]} of '
         'driftless.yml (--build-network HOST on a folder)')


# --- what pip has installed

# Modules that are compiled for a machine on which no function runs would fail at the first call.
def check_machines():
    machines = {62: 'x86_64', 183: 'arm64'}

    for folder, _, files in os.walk(target):
        for name in sorted(files):
            if not re.search(r'\.(cpython-.*|abi3)\.so$', name):
                continue
            path = os.path.join(folder, name)
            with open(path, 'rb') as file:
                head = file.read(20)
            machine = machines.get(int.from_bytes(head[18:20], 'little')) if head[:4] == b'\x7fELF' else None
            if machine and machine not in request['architectures']:
                platform = 'aarch64' if request['architectures'][0] == 'arm64' else 'x86_64'
                fail('%s is compiled for %s, and functions run on %s: set custom.pythonRequirements.pipCmdExtraArgs: '
                     '[--platform manylinux2014_%s, --only-binary=:all:]' % (
                         os.path.relpath(path, target), machine, ' and '.join(request['architectures']), platform))


# Compiled files know their source by its content and not by its time: the same bytes every time, and Lambda can use them.
def compile_anew():
    root = '/opt/python' if layout == 'layer' else '/var/task'

    for folder, _, files in os.walk(target):
        if os.path.basename(folder) != '__pycache__':
            continue
        for name in sorted(files):
            match = re.match(r'(.+)\.%s(?:\.opt-([12]))?\.pyc$' % re.escape(sys.implementation.cache_tag), name)
            source = os.path.join(os.path.dirname(folder), match.group(1) + '.py') if match else ''
            if os.path.isfile(source):
                py_compile.compile(source, cfile=os.path.join(folder, name), doraise=False, quiet=2,
                                   dfile=os.path.join(root, os.path.relpath(source, target)),
                                   optimize=int(match.group(2) or 0),
                                   invalidation_mode=py_compile.PycInvalidationMode.CHECKED_HASH)


def strip():
    program = shutil.which('strip')

    if not program:
        fail('strip is not on this machine: install it (apt-get install binutils), or set custom.pythonRequirements.strip: false')
    for folder, _, files in os.walk(target):
        for name in sorted(files):
            if name.endswith('.so'):
                subprocess.call([program, os.path.join(folder, name)])


def braces(pattern):
    match = re.search(r'\{([^{}]*,[^{}]*)\}', pattern)

    if not match:
        return [pattern]
    return [whole for part in match.group(1).split(',')
            for whole in braces(pattern[:match.start()] + part + pattern[match.end():])]


# One name of a path as a regular expression; nothing but a dot finds a dot in front.
def name_expression(pattern):
    text, at, open_groups = '', 0, []

    while at < len(pattern):
        one = pattern[at]
        if one in '?*+@!' and pattern[at + 1:at + 2] == '(':
            if one == '!':
                fail('slimPatterns: !(...) is not done here: %s' % pattern)
            open_groups.append(')' + (one if one != '@' else ''))
            text += '(?:'
            at += 1
        elif open_groups and one in '|)':
            text += '|' if one == '|' else open_groups.pop()
        elif one == '*':
            text += '[^/]*'
        elif one == '?':
            text += '[^/]'
        elif one == '[' and ']' in pattern[at + 2:]:
            end = pattern.index(']', at + 2)
            inside = pattern[at + 1:end].replace('\\', '\\\\').replace('[', '\\[')
            text += '[' + ('^' + inside[1:] if inside[0] in '!^' else inside) + ']'
            at = end
        else:
            text += re.escape(one)
        at += 1
    if open_groups:
        fail('slimPatterns: a bracket is not closed: %s' % pattern)
    return ('' if pattern.startswith('.') else r'(?!\.)') + text


def path_expression(pattern):
    names = [name for name in pattern.split('/') if name not in ('', '.')]
    text = ''

    for index, name in enumerate(names):
        last = index == len(names) - 1
        if name == '**':
            text += r'(?:(?!\.)[^/]+(?:/(?!\.)[^/]+)*)' if last else r'(?:(?!\.)[^/]+/)*'
        else:
            text += name_expression(name) + ('' if last else '/')
    return re.compile(text + r'\Z')


def slim_expressions():
    patterns = (['**/*.py[c|o]', '**/__pycache__*', '**/*.dist-info*'] if request['slimDefaults'] or not request['slimPatterns']
                else []) + request['slimPatterns']

    return [path_expression(one) for pattern in patterns for one in braces(pattern)]


def slim(expressions):
    for folder, folders, files in os.walk(target):
        for name in folders + files:
            path = os.path.join(folder, name)
            if any(expression.match(os.path.relpath(path, target)) for expression in expressions):
                remove(path)
        folders[:] = [name for name in folders if os.path.isdir(os.path.join(folder, name))]


def remove(path):
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    else:
        os.remove(path)


def copy_vendor(vendor):
    if not (os.path.realpath(vendor) + '/').startswith('/build/') or not os.path.isdir(vendor):
        fail('vendor: %s is no folder of what is built: set build.folder in driftless.yml to a folder that holds it' % vendor)
    for name in sorted(os.listdir(vendor)):
        source, copy = os.path.join(vendor, name), os.path.join(target, name)
        if os.path.lexists(copy):
            remove(copy)
        if os.path.isdir(source) and not os.path.islink(source):
            shutil.copytree(source, copy, symlinks=True)
        else:
            shutil.copy2(source, copy, follow_symlinks=False)


# --- how it is laid out

# What lies beside the code leaves out what is not to be deployed once more, by the beginning of its name.
def leave_out():
    for name in os.listdir(target):
        first = re.split(r'[-\\]|\.py$|\.pyc$', name)[0]
        if name == '__pycache__' or first in request['noDeploy']:
            remove(os.path.join(target, name))


def pack():
    inner = out + '.zip'

    with zipfile.ZipFile(inner, 'w', zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for folder, folders, files in os.walk(target):
            folders.sort()
            for name in sorted(files):
                path = os.path.join(folder, name)
                about = zipfile.ZipInfo(os.path.relpath(path, target))
                about.compress_type = zipfile.ZIP_DEFLATED
                about.external_attr = (stat.S_IFREG | (0o755 if os.stat(path).st_mode & 0o100 else 0o644)) << 16
                with open(path, 'rb') as file:
                    archive.writestr(about, file.read())
    shutil.rmtree(target)
    os.mkdir(target)
    os.rename(inner, os.path.join(target, '.requirements.zip'))
    with open(os.path.join(target, 'unzip_requirements.py'), 'w', encoding='utf-8') as file:
        file.write(request['unzip'])


def main():
    lines = requirements()
    expressions = slim_expressions()

    folder = folder_for_pip(lines)
    os.makedirs(target)
    with open(os.path.join(target, 'requirements.txt'), 'w', encoding='utf-8') as file:
        file.write(without_logins('\n'.join(lines)) + '\n')
    install(lines, folder)
    check_machines()
    compile_anew()
    if request['strip']:
        strip()
    if request['slim']:
        slim(expressions)
    for vendor in request['vendor']:
        copy_vendor(vendor)
    if request['marker']:
        open(os.path.join(target, '.completed_requirements'), 'w').close()
    if layout == 'beside':
        leave_out()
    elif layout == 'zip':
        pack()


main()
