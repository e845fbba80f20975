/* controller/cli/folder_stack.h
 *
 * A verb on a folder that talks to AWS: the folder's build, the caller's credentials, and the
 * request that a deploy would make. */
#pragma once
#include "controller/cli/folder.h"
#include "reconcile/apply/apply.h"

typedef struct {
    Folder folder;
    char *region, *bucket;
    char *default_region; /* of the caller's environment or profile; or NULL */
    Build *build;
    Desired *desired;
    AwsClient *client; /* borrowed from the folder's session */
} FolderStack;

/* Builds the service of the folder for its stack. Says what is wrong and gives false with the exit
 * status otherwise. */
bool folder_stack_open(const Arguments *arguments, FolderStack *ret, int *ret_exit);
/* The id of the live stack. (transfer full) Errors: of the call; AWS_ERROR_REFUSED where there is
 * none. */
G_GNUC_WARN_UNUSED_RESULT
bool folder_stack_find(const FolderStack *stack, char **ret_id, GError **error);
void folder_stack_clear(FolderStack *stack);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(FolderStack, folder_stack_clear)
