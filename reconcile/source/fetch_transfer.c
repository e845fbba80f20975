#define _GNU_SOURCE /* strcasestr */
#include "reconcile/source/fetch_transfer.h"

#include "reconcile/source/mirror.h"

#include <string.h>

#define REFS_MAX 100000
#define MESSAGE_MAX 500
#define TEMPORARY_PACK "pack_git2_"

typedef struct {
    git_repository *mirror;
    git_remote *remote;
    FetchLogin *login;
    GHashTable *ours, *theirs; /* full name → git_oid* */
    FetchResult result;
} Transfer;

static void transfer_clear(Transfer *transfer)
{
    git2()->remote_free(transfer->remote);
    g_clear_pointer(&transfer->ours, g_hash_table_unref);
    g_clear_pointer(&transfer->theirs, g_hash_table_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Transfer, transfer_clear)

/* What libgit2 says, and what it means to who set the repository up. */
static const struct {
    const char *part, *meaning;
    SourceError code;
} meanings[] = {
    {"status code: 401",
     "the server refused the login (401); check auth.tokenFile or auth.tokenEnv",
     SOURCE_ERROR_FETCH},
    {"status code: 403",
     "the server forbids reading this repository (403); check the token's rights",
     SOURCE_ERROR_FETCH},
    {"status code: 404",
     "the server knows no such repository (404); check the url, and that the token may read it",
     SOURCE_ERROR_FETCH},
    {"status code: 5", "the server has trouble of its own; the next poll tries again",
     SOURCE_ERROR_FETCH},
    {"cannot redirect from",
     "the server redirects to another host, which is not trusted with what was meant for this one; "
     "write the address that it redirects to",
     SOURCE_ERROR_FETCH},
    {"unexpected redirect", "the server redirects; write the address that it redirects to",
     SOURCE_ERROR_FETCH},
    {"error parsing REF pkt-line",
     "its list of branches cannot be read; libgit2 1.5 reads neither SHA-256 repositories nor "
     "shallow "
     "clones: use a SHA-1 repository, complete a clone with git fetch --unshallow",
     SOURCE_ERROR_REPOSITORY},
    {"too many redirects", "the server redirects in a circle; check the url", SOURCE_ERROR_FETCH},
    {"failed to resolve address", "no such host; check the url and the name server",
     SOURCE_ERROR_FETCH},
    {"failed to connect", "nobody listens there; check the url and the firewall",
     SOURCE_ERROR_FETCH},
    {"extensions.objectformat",
     "is a SHA-256 repository, which libgit2 1.5 cannot read; use a SHA-1 one",
     SOURCE_ERROR_REPOSITORY},
    {"repository version", "is of a kind that libgit2 1.5 cannot read (SHA-256?); use a SHA-1 one",
     SOURCE_ERROR_REPOSITORY},
    {"could not find repository", "is not a git repository; check the path",
     SOURCE_ERROR_REPOSITORY},
    {"failed to resolve path", "no such folder; check the path", SOURCE_ERROR_REPOSITORY},
    {"invalid content-type",
     "is not a git repository, or is served without git's smart protocol; check the url",
     SOURCE_ERROR_REPOSITORY},
    {"remote error", "the server refused; its words are its own", SOURCE_ERROR_FETCH},
    {"early EOF",
     "the server closed the connection; is this the repository's address, and may the key read it?",
     SOURCE_ERROR_FETCH},
    {"no space left", "the disk with the mirrors is full; make room there", SOURCE_ERROR_FETCH},
};

/* A server's words may be long, foreign, or hold what we sent it. */
static char *clean_message(const FetchLogin *login, const char *message)
{
    g_autofree char *valid = g_utf8_make_valid(message, -1);
    GString *text = g_string_new(valid);

    if (login->token && *login->token)
        g_string_replace(text, login->token, "***", 0);
    for (char *at = text->str; *at; at++)
        if (g_ascii_iscntrl(*at))
            *at = ' ';
    if (text->len > MESSAGE_MAX) {
        const char *end = g_utf8_find_prev_char(text->str, text->str + MESSAGE_MAX);

        g_string_truncate(text, (gsize)(end - text->str));
        g_string_append(text, "…");
    }
    return g_strstrip(g_string_free(text, FALSE));
}

/* libgit2 names the temporary file of a pack anew each time; what is told once only has to be the
 * same each time. */
static void hide_random_name(char *message)
{
    char *name = strstr(message, TEMPORARY_PACK);

    if (name)
        for (char *at = name + strlen(TEMPORARY_PACK); g_ascii_isalnum(*at); at++)
            *at = 'X';
}

static bool fail(const Transfer *transfer, GError **error)
{
    const git_error *last = git2()->error_last();
    const FetchLogin *login = transfer->login;
    g_autofree char *message =
        clean_message(login, last && last->message ? last->message : "no reason given");

    if (login->refusal) {
        const bool said = strcmp(login->refusal, message) == 0;

        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_FETCH, "%s%s%s%s", login->refusal,
                    said ? "" : " (", said ? "" : message, said ? "" : ")");
        return false;
    }
    hide_random_name(message);
    for (size_t i = 0; i < G_N_ELEMENTS(meanings); i++)
        if (strcasestr(message, meanings[i].part)) {
            g_set_error(error, SOURCE_ERROR, meanings[i].code, "%s (%s)", meanings[i].meaning,
                        message);
            return false;
        }
    g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_FETCH, "%s", message);
    return false;
}

/* libgit2 takes a path that does not exist for an unknown protocol, and a shallow repository for a
 * whole one, although its history ends in commits that are not there. */
static bool check_folder(const FetchLogin *login, GError **error)
{
    g_autofree char *path = g_str_has_prefix(login->url, "file://")
                                ? g_uri_unescape_string(login->url + strlen("file://"), NULL)
                                : g_strdup(login->url);
    const char *const places[] = {"shallow", ".git/shallow"};

    if (!path || !g_file_test(path, G_FILE_TEST_IS_DIR)) {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_REPOSITORY, "no such folder; check the path");
        return false;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
        g_autofree char *file = g_build_filename(path, places[i], NULL);

        if (!g_file_test(file, G_FILE_TEST_EXISTS))
            continue;
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_REPOSITORY,
                    "is a shallow clone, whose history is incomplete; complete it there with: git "
                    "fetch --unshallow");
        return false;
    }
    return true;
}

static bool connect_to(Transfer *transfer, GError **error)
{
    git_remote_callbacks callbacks;
    git_proxy_options proxy;

    git2()->remote_init_callbacks(&callbacks, GIT_REMOTE_CALLBACKS_VERSION);
    fetch_login_set(transfer->login, &callbacks);
    git2()->proxy_options_init(&proxy, GIT_PROXY_OPTIONS_VERSION);
    proxy.type = GIT_PROXY_AUTO;

    git_remote_connect_options options = {.version = GIT_REMOTE_CONNECT_OPTIONS_VERSION,
                                          .callbacks = callbacks,
                                          .proxy_opts = proxy,
                                          /* credentials go to the host they were given for */
                                          .follow_redirects = transfer->login->token
                                                                  ? GIT_REMOTE_REDIRECT_NONE
                                                                  : GIT_REMOTE_REDIRECT_INITIAL};

    if (git2()->remote_create_anonymous(&transfer->remote, transfer->mirror, transfer->login->url) <
            0 ||
        git2()->remote_connect_ext(transfer->remote, GIT_DIRECTION_FETCH, &options) < 0)
        return fail(transfer, error);
    return true;
}

static bool list_theirs(Transfer *transfer, GError **error)
{
    const git_remote_head **heads;
    size_t count;

    if (git2()->remote_ls(&heads, &count, transfer->remote) < 0)
        return fail(transfer, error);
    if (count > REFS_MAX) {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_FETCH,
                    "the server has %zu refs; at most %d are read", count, REFS_MAX);
        return false;
    }
    transfer->theirs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    transfer->result.empty = true;
    for (size_t i = 0; i < count; i++) {
        int valid = 0;

        if (!mirror_ref_is_mirrored(heads[i]->name) || g_str_has_suffix(heads[i]->name, "^{}") ||
            git2()->reference_name_is_valid(&valid, heads[i]->name) < 0 || !valid)
            continue;
        if (mirror_ref_is_branch(heads[i]->name))
            transfer->result.empty = false;
        g_hash_table_insert(transfer->theirs, g_strdup(heads[i]->name),
                            g_memdup2(&heads[i]->oid, sizeof(git_oid)));
    }
    transfer->result.refs = g_hash_table_size(transfer->theirs);
    return true;
}

static bool is_known(GHashTable *refs, const char *name, const git_oid *id)
{
    const git_oid *known = g_hash_table_lookup(refs, name);

    return known && git2()->oid_equal(known, id);
}

static bool receive(Transfer *transfer, GError **error)
{
    char *specs[] = {(char *)"+refs/heads/*:refs/heads/*", (char *)"+refs/tags/*:refs/tags/*"};
    const git_strarray refspecs = {specs, G_N_ELEMENTS(specs)};
    git_fetch_options options;
    const git_indexer_progress *progress;

    git2()->fetch_options_init(&options, GIT_FETCH_OPTIONS_VERSION);
    fetch_login_set(transfer->login, &options.callbacks);
    options.proxy_opts.type = GIT_PROXY_AUTO;
    options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE;
    options.follow_redirects =
        transfer->login->token ? GIT_REMOTE_REDIRECT_NONE : GIT_REMOTE_REDIRECT_INITIAL;
    if (git2()->remote_download(transfer->remote, &refspecs, &options) < 0)
        return fail(transfer, error);
    progress = git2()->remote_stats(transfer->remote);
    transfer->result.received_bytes = progress ? progress->received_bytes : 0;
    return true;
}

static bool push_tips(const Transfer *transfer, git_revwalk *walk, const char **ret_broken)
{
    GHashTableIter each;
    void *name, *id;

    g_hash_table_iter_init(&each, transfer->theirs);
    while (g_hash_table_iter_next(&each, &name, &id)) {
        git_object *object = NULL, *commit = NULL;
        bool broken;

        if (is_known(transfer->ours, name, id))
            continue;
        broken = git2()->object_lookup(&object, transfer->mirror, id, GIT_OBJECT_ANY) < 0;
        if (!broken && git2()->object_peel(&commit, object, GIT_OBJECT_COMMIT) == 0)
            broken = git2()->revwalk_push(walk, git2()->object_id(commit)) < 0;
        git2()->object_free(object);
        git2()->object_free(commit);
        if (broken) {
            *ret_broken = name;
            return false;
        }
    }
    g_hash_table_iter_init(&each, transfer->ours);
    while (g_hash_table_iter_next(&each, &name, &id)) {
        g_autofree char *glob = g_strdup(name);

        git2()->revwalk_hide_ref(walk,
                                 glob); /* a tag of something else than a commit hides nothing */
    }
    return true;
}

/* libgit2 believes a server that its pack is complete. Walking what is new finds commits whose
 * parents never came. */
static bool verify(const Transfer *transfer, GError **error)
{
    const char *broken = "a branch";
    git_revwalk *walk = NULL;
    git_oid id;
    int status = -1;

    if (git2()->revwalk_new(&walk, transfer->mirror) == 0 && push_tips(transfer, walk, &broken)) {
        broken = "its history";
        while ((status = git2()->revwalk_next(&id, walk)) == 0)
            ;
    }
    git2()->revwalk_free(walk);
    if (status == GIT_ITEROVER)
        return true;
    const git_error *last = git2()->error_last();

    g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_BROKEN,
                "%s is incomplete on the server: an object that it names is missing (%s); if it is "
                "a shallow clone, complete it there with git fetch --unshallow, otherwise check it "
                "with git fsck",
                broken, last && last->message ? last->message : "unreadable");
    return false;
}

static bool drop_vanished(Transfer *transfer, GError **error)
{
    GHashTableIter each;
    void *name, *id;

    g_hash_table_iter_init(&each, transfer->ours);
    while (g_hash_table_iter_next(&each, &name, &id)) {
        if (g_hash_table_contains(transfer->theirs, name))
            continue;
        if (git2()->reference_remove(transfer->mirror, name) < 0)
            return fail(transfer, error);
        transfer->result.deleted += mirror_ref_is_branch(name);
    }
    return true;
}

static bool move_ref(Transfer *transfer, const char *name, const git_oid *id, GError **error)
{
    const git_oid *old = g_hash_table_lookup(transfer->ours, name);
    git_reference *moved = NULL;

    if (old && mirror_ref_is_branch(name) &&
        git2()->graph_descendant_of(transfer->mirror, id, old) != 1)
        transfer->result.forced++;
    if (git2()->reference_create(&moved, transfer->mirror, name, id, true, NULL) < 0) {
        fail(transfer, error);
        g_prefix_error(error, "%s: ", name);
        return false;
    }
    git2()->reference_free(moved);
    return true;
}

static bool move_refs(Transfer *transfer, GError **error)
{
    GHashTableIter each;
    void *name, *id;

    /* first, as a vanished "a" stands in the way of a new "a/b" */
    if (!drop_vanished(transfer, error))
        return false;
    g_hash_table_iter_init(&each, transfer->theirs);
    while (g_hash_table_iter_next(&each, &name, &id))
        if (!is_known(transfer->ours, name, id) && !move_ref(transfer, name, id, error))
            return false;
    return true;
}

static bool has_news(const Transfer *transfer)
{
    GHashTableIter each;
    void *name, *id;

    g_hash_table_iter_init(&each, transfer->theirs);
    while (g_hash_table_iter_next(&each, &name, &id))
        if (!is_known(transfer->ours, name, id))
            return true;
    return false;
}

bool fetch_transfer(git_repository *mirror, FetchLogin *login, FetchResult *ret, GError **error)
{
    g_auto(Transfer) transfer = {.mirror = mirror, .login = login};

    if (login->kind == ADDRESS_PATH && !check_folder(login, error))
        return false;
    transfer.ours = mirror_refs(mirror, error);
    if (!transfer.ours || !connect_to(&transfer, error) || !list_theirs(&transfer, error))
        return false;
    if (has_news(&transfer) && (!receive(&transfer, error) || !verify(&transfer, error)))
        return false;
    if (!move_refs(&transfer, error))
        return false;
    *ret = transfer.result;
    return true;
}
