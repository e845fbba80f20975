"""Services that have packages installed by serverless-python-requirements: {name: {file: text, or (text, mode)}}. `wheels`, a
folder of packages, is put beside each of them, so that nothing needs a network."""

HANDLER = 'def hello(event, context):\n    return {"statusCode": 200}\n'
SCRIPT = ('#!/bin/sh\n', 0o755)
USES_LAYER = '  hello: {handler: handler.hello, layers: [{Ref: PythonRequirementsLambdaLayer}]}'
PIP = 'pipCmdExtraArgs: [--no-index, --find-links wheels]'


def serverless(options, functions='  hello: {handler: handler.hello}', package="  patterns: ['!wheels/**']", pip=PIP):
    lines = ''.join('    %s\n' % option for option in [pip] + options)
    return ('service: python\nprovider: {name: aws, runtime: python3.11}\nplugins: [serverless-python-requirements]\n'
            'custom:\n  pythonRequirements:\n%spackage:\n%s\nfunctions:\n%s\n' % (lines, package, functions))


def service(*options, files=None, **rest):
    made = {
        'serverless.yml': serverless(list(options), **rest),
        'handler.py': HANDLER,
        'tool.sh': SCRIPT,
        'requirements.txt': '# what it needs\nsix==1.16.0\nMarkupSafe==2.1.5  # compiled\n\nidna==3.7\n',
    }
    made.update(files or {})
    return {name: content for name, content in made.items() if content is not None}


def library(name):
    return {
        'libs/%s/setup.py' % name: 'from setuptools import setup\nsetup(name="%s", version="1.0", py_modules=["%s"])\n' % (name, name),
        'libs/%s/%s.py' % (name, name): 'answer = 42\n',
    }


MODULES = {
    'first/a.py': HANDLER, 'first/requirements.txt': 'six==1.16.0\n', 'first/run.sh': SCRIPT,
    'second/b.py': HANDLER, 'second/left/out.txt': 'x\n', 'second/requirements.txt': 'idna==3.7\n',
    'deep/third/c.py': HANDLER, 'deep/third/requirements.txt': 'six==1.16.0\n', 'bare/d.py': HANDLER,
    'node.js': 'exports.hello = async () => 1;\n', 'serverless_sdk/index.js': '1;\n', 's_root.py': HANDLER,
}
INDIVIDUALLY = "  individually: true\n  patterns: ['!wheels/**']"

SERVICES = {
    'plain': service(),
    'slim': service('slim: true'),
    'slim_patterns': service('slim: true', "slimPatterns: ['**/*.pyi', 'idna/{uts46data,package_data}.py', '**/*.[ch]']"),
    'slim_patterns_alone': service('slim: true', 'slimPatternsAppendDefaults: false',
                                   "slimPatterns: ['**/*.dist-info', '*.py', 'markupsafe/?(__)init*']"),
    'no_deploy': service('noDeploy: [six, idna, markupsafe]',
                         files={'requirements.txt': 'six==1.16.0\npython-dotenv>=1\nidna ==3.7\nMarkupSafe>=2\n'}),
    'no_static_cache': service('useStaticCache: false', 'invalidateCaches: true', 'useDownloadCache: false', 'dockerizePip: false'),
    'zip': service('zip: true', 'slim: true', 'strip: false', 'noDeploy: [six]'),
    'zip_patterns': service('zip: true', package="  patterns: ['!**', 'handler.py']"),
    'layer': service('layer: true', functions=USES_LAYER),
    'layer_named': service('slim: true', 'noDeploy: [idna]', 'layer:', '  name: needed-${sls:stage}', '  description: What is needed',
                           '  compatibleRuntimes: [python3.10, python3.11]', '  licenseInfo: MIT', "  allowedAccounts: ['*']",
                           functions=USES_LAYER),
    'modules': service(package=INDIVIDUALLY, files=MODULES, functions='''\
  first: {handler: a.hello, module: first}
  second: {handler: b.hello, module: second, package: {patterns: ['!second/left/**']}}
  third: {handler: c.hello, module: deep/third, name: named}
  bare: {handler: d.hello, module: bare}
  root: {handler: handler.hello}
  node: {handler: node.hello, runtime: nodejs20.x}'''),
    'modules_zip': service('zip: true', package=INDIVIDUALLY, files=MODULES, functions='''\
  first: {handler: a.hello, module: first}
  second: {handler: b.hello, module: second}'''),
    'vendor': service('vendor: ./vendored', 'slim: true', files={
        'vendored/six.py': 'six = 6\n', 'vendored/extra/__init__.py': '', 'vendored/extra/data.dist-info/x': 'x\n',
        'vendored/run.sh': SCRIPT, 'vendored/idna/only.py': '1\n', 'vendored/.dotted/y': 'y\n'}),
    'nothing': service(files={'requirements.txt': None}),
    'empty': service(files={'requirements.txt': '# nothing\n\n'}),
    'file_name': service('fileName: needs/prod.txt', files={
        'needs/prod.txt': '-r base.txt\n--require-hashes\npython-dotenv==1.0.1 '
                          '--hash=sha256:f7b63ef50f1b690dddf550d03497b66d609393b40b564ed0d674909a68ebf16a\n',
        'needs/base.txt': 'six \\\n  ==1.16.0 \\\n'
                          '    --hash=sha256:1e61c37477a1626458e36f7b1d82aa5c9b094fa4802892072e49de9c60c4c926 \\\n'
                          '    --hash=sha256:8abb2f1d86890a2dfb989f9a77cfcfd3e47c2a354b01111771326f8aa26e0254\n',
        'requirements.txt': 'never==1\n'}),
    'local': service(pip='pipCmdExtraArgs: [--no-index, --find-links wheels, --no-build-isolation]',
                     # where the plugin leaves behind what setuptools makes
                     package="  patterns: ['!wheels/**', '!libs/**']", files={
        **library('wheelmade'), **library('linked'), 'requirements.txt': '-e ./libs/linked\n./libs/wheelmade\nsix\n'}),
    'same_names': service(package="  patterns: ['!wheels/**', '!**/*.dist-info/**', '!six.py']", files={
        'six.py': 'mine\n', 'idna/core.py': 'mine\n', 'idna/mine.py': 'kept\n', 'bin/mine': 'kept\n'}),
}
