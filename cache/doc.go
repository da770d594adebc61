// Package cache keeps answers in memory and drops them when what they were made from changes. It cannot give one caller's answer to
// another: who may share an answer is part of its key, and who does not say it gets no caching.
//
//	answers, err := cache.New(cache.Config{Namespace: "blog-1"})
//	if err != nil {
//		return err
//	}
//	defer answers.Close()
//
//	e.GET("/posts/:id", showPost, answers.HTTP(cache.Route{Tags: func(c echo.Context) []cache.Tag {
//		return []cache.Tag{cache.Row("posts", c.Param("id"))}
//	}}))
//
// and after the commit of a write
//
//	answers.Invalidate(ctx, cache.Row("posts", id), cache.Set("posts"))
//
// # Who shares an answer
//
// A [Scope] is [Public], [ForTenant], [ForPermissions] or [ForSubject]. The zero Scope is nobody: such answers are made for each
// request. A fill that looks at the caller's identity although others share the answer is served and not kept.
//
// # What an answer was made from
//
// Answers carry tags: [Row], [Set], [Part], [Resource], [Custom]. After a write, [Cache.Invalidate] drops the answers with its tags,
// and refuses those that are being made at that moment from what was read before.
//
// # Go values and HTTP
//
// [Fetch] keeps Go values, [Cache.Do] keeps entries, [Cache.HTTP] is middleware for Echo routes with conditional requests, compressed
// variants and the Cache-Status field. Requests for one key at the same time share one fill.
//
// # Extending
//
// Another place for entries is a [Store], three methods; another way to tell other processes is a [Bus], two; both are tested by
// package cachetest. Another form of values is a [Codec], measurements go to a [Meter], and a [Caller] joins whatever signs callers in.
package cache
