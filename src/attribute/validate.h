/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is accepted as an id, a name or a path of a container, wherever it was read: command lines
 * and files may say anything. Pure.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "model/snapshot.h"

/* ASCII letters, digits and "_.+-:@", beginning with a letter, digit or '_'; 255 bytes. */
bool nsl_is_id(const char *text);

/* 255 bytes of UTF-8 without '/' and control characters; not "." or "..". */
bool nsl_is_name(const char *text);

/* Absolute, shorter than PATH_MAX, without control characters and without "..". */
bool nsl_is_path(const char *text);

/* A copy (transfer full) where it is one; else, and of NULL, NULL. */
char *nsl_validate_id(const char *text);
char *nsl_validate_name(const char *text);
char *nsl_validate_path(const char *text);

/* Likewise of the last part of a path ("/usr/bin/x/": "x"), as a name. */
char *nsl_validate_last_part(const char *path);

/*
 * Takes the names of the container ("POD": the one that holds the pod's namespaces) and its pod
 * from "k8s_CONTAINER_POD_NAMESPACE_UID_ATTEMPT", which Kubernetes' kubelet gives by way of CRI-O
 * or cri-dockerd; none of the parts has a '_'. False: it is another name.
 */
bool nsl_identity_take_kube_name(NslIdentity *identity, const char *text);
