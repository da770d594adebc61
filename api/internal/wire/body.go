package wire

import (
	"errors"
	"io"
	"os"
	"sync"
)

// spillAt is the size from which a body waits in a file, keepBelow the largest buffer that is kept for the next body.
const (
	spillAt   = 4 << 20
	keepBelow = 512 << 10
)

// buffers holds the buffers of closed bodies.
var buffers = sync.Pool{New: func() any {
	buf := make([]byte, 0, 4<<10)
	return &buf
}}

// Body collects an answer until its last row is known: in memory up to 4 MiB, beyond that in a temporary file. Write to it either
// with [Body.Write], or by appending to [Body.Buffer] and handing the result to [Body.Put]. It is for one goroutine; call
// [Body.Close] when done.
type Body struct {
	buf     *[]byte // nil until the first byte, so that a request which waits for its rows holds no memory
	file    *os.File
	spilled int64
	limit   int
	open    func() (*os.File, error)
}

// NewBody returns an empty Body.
func NewBody() *Body {
	return &Body{limit: spillAt, open: temporary}
}

// temporary creates the file of one body. Where the system allows, its name is gone at once, so that nothing stays behind if the
// program is killed.
func temporary() (*os.File, error) {
	file, err := os.CreateTemp("", "groundwork-body-*")
	if err == nil {
		_ = os.Remove(file.Name()) // fails where open files keep their names; Close tries again
	}
	return file, err
}

// Buffer returns the part in memory, to append to. What is appended counts only after [Body.Put].
func (b *Body) Buffer() []byte {
	if b.buf == nil {
		b.buf = buffers.Get().(*[]byte)
	}
	return *b.buf
}

// Put takes back what [Body.Buffer] gave, with what was appended. An error means that the temporary file could not be written.
func (b *Body) Put(buf []byte) error {
	if b.buf == nil {
		b.buf = new([]byte)
	}
	*b.buf = buf
	if len(buf) < b.limit {
		return nil
	}
	return b.spill()
}

// Write appends p.
func (b *Body) Write(p []byte) (int, error) {
	if err := b.Put(append(b.Buffer(), p...)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// spill moves what is in memory to the file.
func (b *Body) spill() error {
	if b.file == nil {
		file, err := b.open()
		if err != nil {
			return err
		}
		b.file = file
	}
	n, err := b.file.Write(*b.buf)
	b.spilled += int64(n)
	*b.buf = (*b.buf)[:copy(*b.buf, (*b.buf)[n:])]
	return err
}

// Len returns the number of bytes in the body.
func (b *Body) Len() int64 {
	if b.buf == nil {
		return b.spilled
	}
	return b.spilled + int64(len(*b.buf))
}

// WriteTo writes the whole body to w. It may be called more than once.
func (b *Body) WriteTo(w io.Writer) (int64, error) {
	var written int64
	if b.file != nil {
		n, err := io.Copy(w, io.NewSectionReader(b.file, 0, b.spilled))
		written = n
		if err != nil {
			return written, err
		}
	}
	if b.buf == nil {
		return written, nil
	}
	n, err := w.Write(*b.buf)
	return written + int64(n), err
}

// Close removes the temporary file, if there is one, and gives the memory back. The Body is empty afterwards; closing it again does
// nothing.
func (b *Body) Close() error {
	var err error
	if b.file != nil {
		err = b.file.Close()
		if gone := os.Remove(b.file.Name()); gone != nil && !errors.Is(gone, os.ErrNotExist) {
			err = errors.Join(err, gone)
		}
		b.file, b.spilled = nil, 0
	}
	if buf := b.buf; buf != nil && cap(*buf) <= keepBelow {
		*buf = (*buf)[:0]
		buffers.Put(buf)
	}
	b.buf = nil
	return err
}
