/* Fetching over https and ssh, from servers that this test starts. */
#include "reconcile/source/repository.h"
#include "tests/reconcile/source/fetch_worker_program.h"
#include "tests/reconcile/source/temporary_folder.h"
#include <arpa/inet.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define PATIENCE_US (30 * G_USEC_PER_SEC)

static char *folder;
static Repository *mirror;
static pid_t server;

static void open_folder(void)
{
    g_autofree char *mirror_folder = NULL;

    folder = temporary_folder_make();
    mirror_folder = g_build_filename(folder, "mirror", NULL);
    g_setenv("GIT_CONFIG_GLOBAL", "/dev/null", TRUE);
    temporary_run(
        folder,
        "git init -q -b main work; cd work; git config user.name Test; git config user.email "
        "t@example.com;"
        "echo hello >README; git add .; git commit -qm First; git clone -q --bare . ../shop.git;"
        "touch ../shop.git/git-daemon-export-ok");
    mirror = repository_open(mirror_folder, NULL);
    cr_assert_not_null(mirror);
}

static void close_folder(void)
{
    if (server > 0) {
        kill(-server, SIGTERM);
        waitpid(server, NULL, 0);
    }
    repository_free(mirror);
    temporary_folder_remove(folder);
    g_free(folder);
}

TestSuite(server, .init = open_folder, .fini = close_folder, .timeout = 100);

static void lead_group(void *data)
{
    (void)data;
    setpgid(0, 0);
}

/* A port that was free a moment ago, for servers that cannot choose one themselves. */
static unsigned free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    cr_assert_eq(bind(probe, (struct sockaddr *)&address, size), 0);
    cr_assert_eq(getsockname(probe, (struct sockaddr *)&address, &size), 0);
    close(probe);
    return ntohs(address.sin_port);
}

static bool answers(unsigned port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                  .sin_port = htons((uint16_t)port)};
    int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool connected = connect(probe, (struct sockaddr *)&address, sizeof(address)) == 0;

    close(probe);
    return connected;
}

static void start_server(const char *const *arguments, unsigned port)
{
    const gint64 deadline_us = g_get_monotonic_time() + PATIENCE_US;
    g_autoptr(GError) error = NULL;

    cr_assert(g_spawn_async(folder, (char **)arguments, NULL,
                            G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD, lead_group, NULL,
                            &server, &error),
              "%s", error ? error->message : "");
    while (!answers(port)) {
        cr_assert_eq(waitpid(server, NULL, WNOHANG), 0, "%s ended", arguments[0]);
        cr_assert_lt(g_get_monotonic_time(), deadline_us, "%s does not answer", arguments[0]);
        g_usleep(10000);
    }
}

static bool fetch(FetchRequest request, GError **error)
{
    FetchResult result;

    if (!request.deadline_ms)
        request.deadline_ms = 60000;
    request.program = FETCH_WORKER_PROGRAM;
    return repository_fetch(mirror, &request, &result, error);
}

static void expect_fetched(FetchRequest request)
{
    g_autoptr(GError) error = NULL;
    Revision revision = {0};

    cr_assert(fetch(request, &error), "%s", error ? error->message : "");
    cr_assert(repository_resolve(mirror, REVISION_IS_BRANCH, "main", &revision, NULL));
    revision_clear(&revision);
}

static void expect_refused(FetchRequest request, SourceError code, const char *part)
{
    g_autoptr(GError) error = NULL;

    cr_assert_not(fetch(request, &error));
    cr_assert(g_error_matches(error, SOURCE_ERROR, (int)code), "%s", error->message);
    cr_expect_not_null(strstr(error->message, part), "%s", error->message);
    cr_expect(request.token == NULL || !strstr(error->message, request.token), "%s",
              error->message);
}

/* An https server in front of git's own http backend, which asks for the token "secret" below
 * /private. */
static const char https_server[] =
    "import base64, http.server, os, ssl, subprocess, sys\n"
    "class Handler(http.server.BaseHTTPRequestHandler):\n"
    "    protocol_version = 'HTTP/1.1'\n"
    "    def log_message(self, *rest): pass\n"
    "    def answer(self, status, headers, body):\n"
    "        self.send_response(status)\n"
    "        for name, value in headers: self.send_header(name, value)\n"
    "        self.send_header('Content-Length', str(len(body)))\n"
    "        self.end_headers()\n"
    "        self.wfile.write(body)\n"
    "    def serve(self):\n"
    "        path, _, query = self.path.partition('?')\n"
    "        body = self.rfile.read(int(self.headers.get('Content-Length') or 0))\n"
    "        if self.headers.get('Transfer-Encoding') == 'chunked':\n"
    "            while True:\n"
    "                size = int(self.rfile.readline(), 16)\n"
    "                body += self.rfile.read(size); self.rfile.readline()\n"
    "                if not size: break\n"
    "        if path.startswith('/private/'):\n"
    "            wanted = 'Basic ' + base64.b64encode(b'git:secret').decode()\n"
    "            if self.headers.get('Authorization') != wanted:\n"
    "                return self.answer(401, [('WWW-Authenticate', 'Basic realm=\"git\"')], b'')\n"
    "            path = path[len('/private'):]\n"
    "        if path.startswith('/forbidden/'): return self.answer(403, [], b'')\n"
    "        if path.startswith('/broken/'): return self.answer(500, [], b'')\n"
    "        if path.startswith('/moved/'):\n"
    "            return self.answer(301, [('Location', path.replace('/moved', '') + '?' + query)], "
    "b'')\n"
    "        if path.startswith('/elsewhere/'):\n"
    "            port = sys.argv[1]\n"
    "            return self.answer(301, [('Location', "
    "f'https://127.0.0.1:{port}/shop.git/info/refs?{query}')], b'')\n"
    "        environment = dict(os.environ, GIT_PROJECT_ROOT=os.getcwd(), PATH_INFO=path, "
    "QUERY_STRING=query,\n"
    "            REQUEST_METHOD=self.command, CONTENT_TYPE=self.headers.get('Content-Type') or "
    "'',\n"
    "            CONTENT_LENGTH=str(len(body)), GIT_HTTP_EXPORT_ALL='1')\n"
    "        if self.headers.get('Content-Encoding'): environment['HTTP_CONTENT_ENCODING'] = "
    "self.headers['Content-Encoding']\n"
    "        done = subprocess.run(['git', 'http-backend'], input=body, env=environment, "
    "stdout=subprocess.PIPE)\n"
    "        head, _, content = done.stdout.partition(b'\\r\\n\\r\\n')\n"
    "        headers = [tuple(l.split(': ', 1)) for l in head.decode().split('\\r\\n') if l]\n"
    "        status = [int(v.split()[0]) for n, v in headers if n == 'Status']\n"
    "        self.answer(status[0] if status else 200, [h for h in headers if h[0] != 'Status'], "
    "content)\n"
    "    do_GET = do_POST = serve\n"
    "server = http.server.ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), Handler)\n"
    "context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)\n"
    "context.load_cert_chain('cert.pem', 'key.pem')\n"
    "server.socket = context.wrap_socket(server.socket, server_side=True)\n"
    "server.serve_forever()\n";

static unsigned start_https(void)
{
    const unsigned port = free_port();
    g_autofree char *text = g_strdup_printf("%u", port);
    const char *const arguments[] = {"python3", "server.py", text, NULL};
    g_autofree char *certificate = g_build_filename(folder, "cert.pem", NULL);

    temporary_file_write(folder, "server.py", https_server);
    temporary_run(
        folder,
        "openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj "
        "/CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 2>/dev/null");
    start_server(arguments, port);
    g_setenv("SSL_CERT_FILE", certificate, TRUE);
    return port;
}

static char *https_url(unsigned port, const char *path)
{
    return g_strdup_printf("https://localhost:%u%s", port, path);
}

Test(server, https_is_fetched_with_a_token_and_without)
{
    const unsigned port = start_https();
    g_autofree char *open = https_url(port, "/shop.git"),
                    *closed = https_url(port, "/private/shop.git");

    expect_fetched((FetchRequest){.url = open});
    expect_fetched((FetchRequest){.url = closed, .token = "secret"});
}

Test(server, https_says_who_refused_what)
{
    const unsigned port = start_https();
    static const struct {
        const char *path, *token, *part;
        SourceError code;
    } rows[] = {
        {"/private/shop.git", NULL, "the server asks for a login (401)", SOURCE_ERROR_FETCH},
        {"/private/shop.git", "wrong-token", "the server refused the token (401)",
         SOURCE_ERROR_FETCH},
        {"/forbidden/shop.git", NULL, "forbids reading this repository (403)", SOURCE_ERROR_FETCH},
        {"/nothing.git", NULL, "no such repository (404)", SOURCE_ERROR_FETCH},
        {"/broken/shop.git", NULL, "the server has trouble of its own", SOURCE_ERROR_FETCH},
        {"/elsewhere/shop.git", "secret", "the server redirects to another host",
         SOURCE_ERROR_FETCH},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *url = https_url(port, rows[i].path);

        expect_refused((FetchRequest){.url = url, .token = rows[i].token}, rows[i].code,
                       rows[i].part);
    }
}

Test(server, https_follows_a_redirect_on_the_same_host)
{
    const unsigned port = start_https();
    g_autofree char *url = https_url(port, "/moved/shop.git");

    expect_fetched((FetchRequest){.url = url, .token = "secret"});
}

Test(server, an_untrusted_certificate_is_refused_with_what_to_do)
{
    const unsigned port = start_https();
    g_autofree char *url = https_url(port, "/shop.git");

    g_unsetenv("SSL_CERT_FILE");
    expect_refused((FetchRequest){.url = url, .token = "secret"}, SOURCE_ERROR_FETCH,
                   "the certificate of localhost is not trusted");
}

Test(server, a_sha256_repository_is_refused_by_name_over_https)
{
    const unsigned port = start_https();
    g_autofree char *url = https_url(port, "/sha256.git");

    temporary_run(
        folder,
        "git init -q --object-format=sha256 s; cd s; git config user.name Test; git config "
        "user.email t@example.com; git commit -qm First --allow-empty; git clone -q --bare . "
        "../sha256.git");
    expect_refused((FetchRequest){.url = url}, SOURCE_ERROR_REPOSITORY, "SHA-256");
}

Test(server, a_shallow_repository_is_refused_over_https)
{
    const unsigned port = start_https();
    g_autofree char *url = https_url(port, "/shallow.git");

    temporary_run(folder, "cd work; git commit -qm Second --allow-empty; git commit -qm Third "
                          "--allow-empty; cd ..; git "
                          "clone -q --bare --depth 1 file://$PWD/work shallow.git");
    expect_refused((FetchRequest){.url = url}, SOURCE_ERROR_REPOSITORY, "git fetch --unshallow");
}

Test(server, a_server_that_never_answers_is_given_up_at_the_deadline)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int mute = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_autofree char *url = NULL;
    gint64 started_us = g_get_monotonic_time();

    cr_assert_eq(bind(mute, (struct sockaddr *)&address, size), 0);
    cr_assert_eq(listen(mute, 5), 0);
    cr_assert_eq(getsockname(mute, (struct sockaddr *)&address, &size), 0);
    url = g_strdup_printf("https://localhost:%u/shop.git", ntohs(address.sin_port));
    expect_refused((FetchRequest){.url = url, .deadline_ms = 500}, SOURCE_ERROR_DEADLINE,
                   "within 500 ms");
    cr_expect_lt(g_get_monotonic_time() - started_us, PATIENCE_US);
    close(mute);
}

Test(server, a_server_that_never_answers_is_given_up_when_the_caller_wants)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int mute = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), ends[2];
    g_autofree char *url = NULL;
    gint64 started_us = g_get_monotonic_time();

    cr_assert_eq(bind(mute, (struct sockaddr *)&address, size), 0);
    cr_assert_eq(listen(mute, 5), 0);
    cr_assert_eq(getsockname(mute, (struct sockaddr *)&address, &size), 0);
    cr_assert_eq(pipe(ends), 0);
    cr_assert_eq(write(ends[1], "x", 1), 1);
    url = g_strdup_printf("https://localhost:%u/shop.git", ntohs(address.sin_port));
    expect_refused((FetchRequest){.url = url, .deadline_ms = 600000, .give_up = ends[0]},
                   SOURCE_ERROR_DEADLINE, "was stopped");
    cr_expect_lt(g_get_monotonic_time() - started_us, PATIENCE_US);
    close(ends[0]);
    close(ends[1]);
    close(mute);
}

Test(server, nobody_listening_and_unknown_hosts_are_told)
{
    g_autofree char *url = https_url(free_port(), "/shop.git");

    expect_refused((FetchRequest){.url = url}, SOURCE_ERROR_FETCH, "nobody listens there");
    expect_refused((FetchRequest){.url = "https://no-such-host.invalid/x.git"}, SOURCE_ERROR_FETCH,
                   "no such host");
}

Test(server, addresses_that_cannot_be_safe_are_refused_before_connecting)
{
    expect_refused((FetchRequest){.url = "http://localhost:1/x.git", .token = "secret"},
                   SOURCE_ERROR_FETCH, "in clear over http://");
    expect_refused((FetchRequest){.url = "git://localhost/x.git"}, SOURCE_ERROR_FETCH,
                   "is not supported");
    expect_refused((FetchRequest){.url = "ext::sh -c true"}, SOURCE_ERROR_FETCH, "ssh needs a key");
    expect_refused((FetchRequest){.url = "https://user:hidden@localhost:1/x.git"},
                   SOURCE_ERROR_FETCH, "fetch https://localhost:1/x.git: ");
}

static char *user_name(void)
{
    return g_strdup(g_get_user_name());
}

/* An sshd of our own with an ed25519 and an ECDSA host key. Its client keys lie in client-*. */
static unsigned start_ssh(void)
{
    const unsigned port = free_port();
    g_autofree char *configuration = g_build_filename(folder, "sshd_config", NULL);
    g_autofree char *prepare = g_strdup_printf(
        "ssh-keygen -q -t ed25519 -N '' -f host-ed25519; ssh-keygen -q -t ed25519 -N '' -f "
        "host-other;"
        "ssh-keygen -q -t ed25519 -N '' -f client-ed25519; ssh-keygen -q -t ecdsa -N '' -f "
        "client-ecdsa;"
        "ssh-keygen -q -t rsa -b 2048 -N '' -f client-rsa; ssh-keygen -q -t ed25519 -N '' -f "
        "client-stranger;"
        "ssh-keygen -q -t ed25519 -N secret -f client-locked;"
        "cat client-ed25519.pub client-ecdsa.pub client-rsa.pub >authorized; chmod 600 authorized;"
        "echo \"[localhost]:%u $(cut -d' ' -f1,2 host-ed25519.pub)\" >known;"
        "echo \"[localhost]:%u $(cut -d' ' -f1,2 host-other.pub)\" >changed;"
        "echo \"elsewhere $(cut -d' ' -f1,2 host-other.pub)\" >unknown;"
        "cp known hashed; ssh-keygen -q -H -f hashed >/dev/null 2>&1;"
        "printf 'Port %u\\nListenAddress 127.0.0.1\\nHostKey %%s/host-ed25519\\nPidFile none\\n"
        "AuthorizedKeysFile %%s/authorized\\nStrictModes no\\nUsePAM no\\nPasswordAuthentication "
        "no\\n"
        "KbdInteractiveAuthentication no\\n' \"$PWD\" \"$PWD\" >sshd_config; mkdir -p /run/sshd "
        "2>/dev/null || true",
        port, port, port);
    const char *const arguments[] = {"/usr/sbin/sshd", "-D", "-e", "-f", configuration, NULL};

    temporary_run(folder, prepare);
    start_server(arguments, port);
    return port;
}

static void try_ssh(unsigned port, const char *key, const char *known, const char *part)
{
    g_autofree char *user = user_name();
    g_autofree char *url = g_strdup_printf("ssh://%s@localhost:%u%s/shop.git", user, port, folder);
    g_autofree char *key_file = g_build_filename(folder, key, NULL);
    g_autofree char *known_file = g_build_filename(folder, known, NULL);
    const FetchRequest request = {
        .url = url, .ssh_key_file = key_file, .known_hosts_file = known_file};

    if (part)
        expect_refused(request, SOURCE_ERROR_FETCH, part);
    else
        expect_fetched(request);
}

Test(server, ssh_is_fetched_with_ed25519_and_ecdsa_keys)
{
    const unsigned port = start_ssh();

    try_ssh(port, "client-ed25519", "known", NULL);
    try_ssh(port, "client-ecdsa", "hashed", NULL);
}

Test(server, ssh_refuses_hosts_and_keys_by_name)
{
    const unsigned port = start_ssh();
    static const struct {
        const char *key, *known, *part;
    } rows[] = {
        {"client-ed25519", "unknown", "localhost is not in "},
        {"client-ed25519", "changed", "has CHANGED (now SHA256:"},
        {"client-ed25519", "missing", "no such file; make it with ssh-keyscan"},
        {"client-rsa", "known", "is an RSA key"},
        {"client-locked", "known", "is behind a passphrase"},
        {"client-stranger", "known", "the server refused the key"},
        {"known", "known", "holds no private key"},
        {"missing", "known", "sshKeyFile: "},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        try_ssh(port, rows[i].key, rows[i].known, rows[i].part);
}

Test(server, a_program_that_is_not_driftless_is_told)
{
    const FetchRequest request = {.url = "/x", .deadline_ms = 5000, .program = "/bin/true"};
    const FetchRequest missing = {
        .url = "/x", .deadline_ms = 5000, .program = "/nonexistent/driftless"};
    g_autoptr(GError) error = NULL, other = NULL;
    FetchResult result;

    cr_expect_not(repository_fetch(mirror, &request, &result, &error));
    cr_expect_not_null(strstr(error->message, "gave no answer"), "%s", error->message);
    cr_expect_not(repository_fetch(mirror, &missing, &result, &other));
    cr_expect_not_null(strstr(other->message, "No such file"), "%s", other->message);
}
