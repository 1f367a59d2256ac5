/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What may pass for an id, a name or a path of a container, wherever it was read: arguments and
 * files say anything. Pure.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* ASCII letters, digits and "_.+-:@", beginning with a letter, digit or '_'; 255 bytes. */
bool nsl_word_is_id(const char *text);

/* 255 bytes of UTF-8 without '/' and control characters; not "." or "..". */
bool nsl_word_is_name(const char *text);

/* Absolute, shorter than PATH_MAX, without control characters and without "..". */
bool nsl_word_is_path(const char *text);

/* The same, copied; NULL where it is none, or `text` is NULL. Transfer full. */
char *nsl_word_dup_id(const char *text);
char *nsl_word_dup_name(const char *text);
char *nsl_word_dup_path(const char *text);

/* A copy of the last part of a path ("/usr/bin/x/": "x") where that is a name; or NULL. */
char *nsl_word_last_part(const char *path);

/* The parts of a name that Kubernetes' kubelet gives, by way of CRI-O or cri-dockerd. */
typedef struct NslKubeName {
	char *container;
	char *pod;
	char *pod_namespace;
	char *pod_uid;
	bool sandbox; /* it is the one that holds the pod's namespaces: "POD" */
} NslKubeName;

/* "k8s_CONTAINER_POD_NAMESPACE_UID_ATTEMPT"; none of the parts can have a '_' in it. */
bool nsl_kube_name_parse(const char *text, NslKubeName *ret_name);
void nsl_kube_name_clear(NslKubeName *name);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(NslKubeName, nsl_kube_name_clear)
