package api

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"

	"github.com/groundwork-go/groundwork/api/internal/fault"
	"github.com/groundwork-go/groundwork/api/internal/query"
	"github.com/groundwork-go/groundwork/api/internal/wire"
	"github.com/groundwork-go/groundwork/db"
)

// varyOn are the request headers that decide an answer of a resource.
const varyOn = "Accept, Prefer, Range, Authorization, apikey, Accept-Encoding"

// compressFrom is the size from which bodies are compressed.
const compressFrom = 1 << 10

// answer collects the rows of one answer until the last one is known, because status, Content-Range and errors come before the body.
type answer struct {
	q        *request
	query    *query.Query
	body     *wire.Body
	rows     int64
	stripped bool
	object   bool // one object, not an array of rows
	bare     bool // the body is finished JSON, not rows
}

// newItem returns the answer of a door that gives one object whatever media type was asked for.
func newItem(q *request, parsed *query.Query) *answer {
	an := newAnswer(q, parsed)
	an.object = parsed.Media != query.MediaCSV
	return an
}

func newAnswer(q *request, parsed *query.Query) *answer {
	return &answer{q: q, query: parsed, body: wire.NewBody(), stripped: parsed.NullsStripped, object: parsed.Media == query.MediaObject}
}

// row appends one row in the answer's media type.
func (an *answer) row(columns []wire.Column, values []db.Value) error {
	first := an.rows == 0
	an.rows++
	if an.head() {
		return nil
	}
	buf := an.body.Buffer()
	if an.query.Media == query.MediaCSV {
		if first {
			buf = wire.AppendCSVHeader(buf, columns)
		}
		return an.body.Put(wire.AppendCSVRow(append(buf, '\n'), columns, values))
	}
	if !first {
		buf = append(buf, ',')
	} else if !an.object {
		buf = append(buf, '[')
	}
	return an.body.Put(wire.AppendRow(buf, columns, values, an.stripped))
}

// single refuses an answer of the object media type that has not exactly one row.
func (an *answer) single() error {
	if an.object && an.rows != 1 && !an.bare && !an.head() {
		return fault.NotSingle(an.rows)
	}
	return nil
}

// head reports whether only status and headers are wanted; the rows did not come here then.
func (an *answer) head() bool { return an.q.r.Method == http.MethodHead }

// send writes status, headers and the rows.
func (an *answer) send(status int) error {
	if err := an.single(); err != nil {
		return err
	}
	buf := an.body.Buffer()
	switch {
	case an.bare || an.object || an.query.Media == query.MediaCSV:
	case an.rows == 0:
		buf = append(buf, '[', ']')
	default:
		buf = append(buf, ']')
	}
	if err := an.body.Put(buf); err != nil {
		return err
	}
	h := an.q.w.Header()
	setContentType(h, an.query.Media.ContentType(an.stripped))
	an.headers(h)
	if an.head() {
		an.q.w.WriteHeader(status)
		return nil
	}
	return sendBody(an.q.w, an.q.r, status, an.body)
}

// empty writes an answer without a body.
func (an *answer) empty(status int) error {
	h := an.q.w.Header()
	an.headers(h)
	if status != http.StatusNoContent {
		h.Set("Content-Length", "0")
	}
	an.q.w.WriteHeader(status)
	return nil
}

// headers sets what every answer of a resource carries.
func (an *answer) headers(h http.Header) {
	if len(h["Vary"]) == 0 {
		h["Vary"] = varyValue
	} else {
		h.Add("Vary", varyOn)
	}
	if !an.q.who.Anonymous() {
		h["Cache-Control"] = noStoreValue
	}
}

// Header values that every answer has are not made anew each time. Nobody changes a value in place: Header.Add copies a full slice.
var (
	varyValue    = []string{varyOn}
	noStoreValue = []string{"no-store"}
	jsonValue    = []string{jsonType}
)

func setContentType(h http.Header, name string) {
	if name == jsonType {
		h["Content-Type"] = jsonValue
		return
	}
	h.Set("Content-Type", name)
}

func (an *answer) close() { an.body.Close() }

// sendBody writes a body, compressed when the client takes it and it is worth it.
func sendBody(w http.ResponseWriter, r *http.Request, status int, body *wire.Body) error {
	h := w.Header()
	if body.Len() < compressFrom || !acceptsGzip(r.Header.Get("Accept-Encoding")) {
		h.Set("Content-Length", strconv.FormatInt(body.Len(), 10))
		w.WriteHeader(status)
		_, _ = body.WriteTo(w) // the client may be gone; there is nobody to tell
		return nil
	}
	h.Set("Content-Encoding", "gzip")
	w.WriteHeader(status)
	zip := zippers.Get().(*gzip.Writer)
	defer zippers.Put(zip)
	zip.Reset(w)
	if _, err := body.WriteTo(zip); err == nil {
		_ = zip.Close()
	}
	return nil
}

// zippers are reused: each holds its tables.
var zippers = sync.Pool{New: func() any {
	zip, _ := gzip.NewWriterLevel(io.Discard, gzip.BestSpeed) // fails only for a level that does not exist
	return zip
}}

// acceptsGzip reads an Accept-Encoding header: gzip or * without q=0.
func acceptsGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		if name != "gzip" && name != "*" {
			continue
		}
		quality := strings.TrimPrefix(strings.TrimSpace(params), "q=")
		return strings.Trim(quality, "0.") != "" || quality == ""
	}
	return false
}

// setContentRange tells which rows of how many an answer holds.
func setContentRange(h http.Header, offset int64, result found) {
	var buf [48]byte
	value := buf[:0]
	if result.rows == 0 {
		value = append(value, '*')
	} else {
		value = strconv.AppendInt(value, offset, 10)
		value = append(value, '-')
		value = strconv.AppendInt(value, offset+result.rows-1, 10)
	}
	value = append(value, '/')
	if result.counted {
		value = strconv.AppendInt(value, result.total, 10)
	} else {
		value = append(value, '*')
	}
	h.Set("Content-Range", string(value))
}
