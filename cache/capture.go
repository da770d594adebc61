package cache

import (
	"bufio"
	"maps"
	"net"
	"net/http"
	"slices"
)

// capture is the http.ResponseWriter of a handler that fills a key. It keeps the answer until the handler is done. An answer that is
// flushed, hijacked or too large goes on to the client as it is written, and is not kept.
type capture struct {
	header   http.Header
	status   int
	body     []byte
	limit    int64
	streamed bool
	dropped  bool // too large, and there is no client

	client  http.ResponseWriter // nil in the background
	interim http.ResponseWriter // the writer below client, for 1xx
	lost    func()              // called when the answer goes on to the client
}

func newCapture(limit int64, lost func()) *capture {
	return &capture{header: http.Header{}, limit: limit, lost: lost}
}

// Header is the answer's header.
func (c *capture) Header() http.Header { return c.header }

// WriteHeader keeps the status. Interim answers go to the client at once.
func (c *capture) WriteHeader(status int) {
	switch {
	case c.status != 0:
	case status >= 100 && status < 200 && status != http.StatusSwitchingProtocols:
		c.early(status)
	default:
		c.status = status
		if status == http.StatusSwitchingProtocols {
			c.stream()
		}
	}
}

// Write keeps the bytes.
func (c *capture) Write(b []byte) (int, error) {
	if c.status == 0 {
		c.status = http.StatusOK
	}
	if !c.streamed && int64(len(c.body)+len(b)) > c.limit {
		c.stream()
	}
	switch {
	case c.dropped:
		return len(b), nil
	case c.streamed:
		return c.client.Write(b)
	}
	c.body = append(c.body, b...)
	return len(b), nil
}

// FlushError sends what was written so far.
func (c *capture) FlushError() error {
	if c.status == 0 {
		c.status = http.StatusOK
	}
	c.stream()
	if c.client == nil {
		return nil
	}
	return http.NewResponseController(c.client).Flush()
}

// Flush is FlushError for who does not ask.
func (c *capture) Flush() { _ = c.FlushError() }

// Hijack hands the connection over.
func (c *capture) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if c.client == nil {
		return nil, nil, http.ErrNotSupported
	}
	c.streamed = true
	c.lost()
	return http.NewResponseController(c.client).Hijack()
}

func (c *capture) begun() bool { return c.status != 0 || c.streamed }

// stream sends what is kept and stops keeping.
func (c *capture) stream() {
	if c.streamed || c.dropped {
		return
	}
	if c.client == nil {
		c.dropped, c.body = true, nil
		return
	}
	c.streamed = true
	c.lost()
	h := c.client.Header()
	addHeader(h, c.header)
	h.Add("Cache-Status", "groundwork; fwd=miss; detail=stream")
	c.client.WriteHeader(c.status)
	if len(c.body) > 0 {
		_, _ = c.client.Write(c.body)
	}
	c.body = nil
}

// early sends an interim answer. It goes below the writer that would take the status for the final one.
func (c *capture) early(status int) {
	if c.interim == nil {
		return
	}
	h := c.interim.Header()
	before := maps.Clone(h)
	addHeader(h, c.header)
	c.interim.WriteHeader(status)
	clear(h)
	maps.Copy(h, before)
}

// addHeader puts the fields of an answer into a header that outer middleware may have begun.
func addHeader(to, from http.Header) {
	for name, values := range from {
		switch name {
		case "Vary", "Cache-Status", "Set-Cookie", "Link":
			to[name] = append(slices.Clip(to[name]), values...)
		default:
			to[name] = slices.Clip(values)
		}
	}
}
