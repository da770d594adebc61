package cache

import (
	"bytes"
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/klauspost/compress/gzip"
)

// minCompressed is the size from which a body is compressed.
const minCompressed = 1 << 10

// compressible reports whether a variant of the entry may exist.
func compressible(e *Entry) bool {
	if len(e.Body) < minCompressed || len(e.Header["Content-Encoding"]) > 0 || e.Header == nil {
		return false
	}
	types := e.Header["Content-Type"]
	if len(types) != 1 || slices.ContainsFunc(e.Header["Cache-Control"], noTransform) {
		return false
	}
	media, _, _ := strings.Cut(types[0], ";")
	media = strings.TrimSpace(media)
	switch media {
	case "application/json", "application/javascript", "application/xml", "image/svg+xml":
		return true
	}
	return strings.HasPrefix(media, "text/") && media != "text/event-stream" ||
		strings.HasSuffix(media, "+json") || strings.HasSuffix(media, "+xml")
}

func noTransform(value string) bool {
	_, found := parseDirectives([]string{value})["no-transform"]
	return found
}

// acceptsGzip reads Accept-Encoding.
func acceptsGzip(values []string) bool {
	named, star := -1, -1
	for _, value := range values {
		for member := range strings.SplitSeq(value, ",") {
			coding, parameters, _ := strings.Cut(member, ";")
			switch strings.ToLower(strings.TrimSpace(coding)) {
			case "gzip", "x-gzip":
				named = weight(parameters)
			case "*":
				star = weight(parameters)
			}
		}
	}
	if named >= 0 {
		return named > 0
	}
	return star > 0
}

// weight is 1 unless the parameters hold a q that is zero or no number.
func weight(parameters string) int {
	name, value, found := strings.Cut(parameters, "=")
	if !found || !strings.EqualFold(strings.TrimSpace(name), "q") {
		return 1
	}
	q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	if err != nil || q <= 0 || q > 1 {
		return 0
	}
	return 1
}

// compress stores the entry again with a compressed variant, if it is still the one in the cache.
func (c *Cache) compress(ctx context.Context, e *Entry) {
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestSpeed)
	if err != nil {
		return
	}
	if _, err = w.Write(e.Body); err != nil || w.Close() != nil || packed.Len() >= len(e.Body) {
		return
	}
	k := keyFrom(e)
	current, err := c.store.Get(ctx, k)
	if err != nil || current == nil || current.Stamp != e.Stamp || !current.Stored.Equal(e.Stored) {
		return
	}
	own := *e
	own.Variants = map[Encoding][]byte{Gzip: bytes.Clone(packed.Bytes())}
	c.put(ctx, k, &own)
}
