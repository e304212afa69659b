// A TCP proxy in a thread of its own, in front of the test's PostgreSQL: to be away, and to cut a connection at the one
// moment that matters, when the server has committed and the client does not know.
#pragma once

#include <stdbool.h>

struct ho_test_proxy;

struct ho_test_proxy *ho_test_proxy_new(const char *database_url); // does not listen yet
void ho_test_proxy_listen(struct ho_test_proxy *proxy);
void ho_test_proxy_free(struct ho_test_proxy *proxy);
// The database's URL by way of the proxy.
const char *ho_test_proxy_url(const struct ho_test_proxy *proxy);
// The next COMMIT that the server confirms does not reach the client: the connection is cut instead.
void ho_test_proxy_cut_at_commit(struct ho_test_proxy *proxy);
bool ho_test_proxy_has_cut(const struct ho_test_proxy *proxy);
