package cache

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// statusWriter is what an answer goes to.
type statusWriter interface {
	Header() http.Header
	WriteHeader(status int)
	Write(b []byte) (int, error)
}

// respond gives an entry to a client: as 304 if the client has it, in a coding that the client takes, without a body for HEAD.
func (c *Cache) respond(w statusWriter, r *http.Request, e *Entry, header http.Header, o Outcome) {
	h := w.Header()
	body, tag, coding := e.Body, e.ETag, Encoding("")
	if compressible(e) {
		h["Vary"] = append(slices.Clip(h["Vary"]), "Accept-Encoding")
		if acceptsGzip(r.Header["Accept-Encoding"]) {
			if variant := e.Variants[Gzip]; variant != nil {
				body, tag, coding = variant, variantTag(tag), Gzip
			} else if o.Result == Hit {
				c.compressLater(r.Context(), e)
			}
		}
	}
	if o.Result == Hit || o.Result == Stale {
		h["Age"] = []string{strconv.FormatInt(int64(o.Age/time.Second), 10)}
	}
	if e.Status == http.StatusOK && notModified(r.Header, e.ETag, header) {
		for _, name := range []string{"Cache-Control", "Content-Location", "Date", "Expires", "Vary"} {
			if values := header[name]; len(values) > 0 {
				h[name] = append(slices.Clip(h[name]), values...)
			}
		}
		setTag(h, tag)
		w.WriteHeader(http.StatusNotModified)
		return
	}
	addHeader(h, header)
	if length := e.Header["Content-Length"]; len(length) > 0 {
		h["Content-Length"] = length
	}
	if coding != "" || len(h["Etag"]) == 0 {
		setTag(h, tag)
	}
	if coding != "" {
		h["Content-Encoding"] = []string{string(coding)}
		h["Content-Length"] = []string{strconv.Itoa(len(body))}
	}
	w.WriteHeader(e.Status)
	if r.Method != http.MethodHead && len(body) > 0 {
		_, _ = w.Write(body)
	}
}

func setTag(h http.Header, tag string) {
	if tag != "" {
		h["Etag"] = []string{tag}
	}
}

// notModified reports whether the client has the answer already. If-None-Match counts before If-Modified-Since.
func notModified(asked http.Header, tag string, h http.Header) bool {
	if lists := asked["If-None-Match"]; len(lists) > 0 {
		return tag != "" && anyTag(lists, tag)
	}
	since, last := asked["If-Modified-Since"], h["Last-Modified"]
	if len(since) != 1 || len(last) != 1 {
		return false
	}
	limit, err := http.ParseTime(since[0])
	if err != nil {
		return false
	}
	modified, err := http.ParseTime(last[0])
	return err == nil && !modified.After(limit)
}

// anyTag reports whether a list of entity tags holds the tag, or * alone. The comparison is the weak one, over every coding.
func anyTag(lists []string, tag string) bool {
	want := opaque(tag)
	for _, list := range lists {
		if strings.TrimSpace(list) == "*" {
			return true
		}
		for list != "" {
			var member string
			member, list = cutTag(list)
			if member != "" && opaque(member) == want {
				return true
			}
		}
	}
	return false
}

// cutTag cuts the first member off a list of entity tags; their quotes may hold commas, and no backslash escapes anything.
func cutTag(list string) (member, rest string) {
	list = strings.TrimLeft(list, " \t,")
	body := strings.TrimPrefix(list, "W/")
	if !strings.HasPrefix(body, `"`) {
		_, rest, _ = strings.Cut(list, ",")
		return "", rest
	}
	end := strings.IndexByte(body[1:], '"')
	if end < 0 {
		return "", ""
	}
	length := len(list) - len(body) + end + 2
	return list[:length], list[length:]
}

// opaque is a tag without its weakness and without the mark of a coding.
func opaque(tag string) string {
	tag = strings.TrimPrefix(tag, "W/")
	return strings.TrimSuffix(strings.TrimSuffix(tag, `"`), "-gzip")
}

// variantTag is the tag of the same answer in another coding.
func variantTag(tag string) string {
	if !strings.HasSuffix(tag, `"`) {
		return tag
	}
	return tag[:len(tag)-1] + `-gzip"`
}

// compressLater makes a compressed variant when an entry was asked for it twice.
func (c *Cache) compressLater(ctx context.Context, e *Entry) {
	if e.use.asked.Add(1) != 2 {
		return
	}
	detached := context.WithoutCancel(ctx)
	c.start(func() { c.compress(detached, e) })
}
