#pragma once
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>

// prctl is variadic, which Swift does not import. Names the calling thread; the kernel keeps the first 15 bytes.
static inline int clinux_name_this_thread(const char *name) {
    return prctl(PR_SET_NAME, name, 0, 0, 0);
}

// glibc has them (the first two since 2.29 and 2.34), but declares them only under feature macros that Swift's importer does not set.
int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *path);
int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);
void *memmem(const void *text, size_t text_size, const void *wanted, size_t wanted_size);
