package sqlite

import (
	"runtime"
	"time"
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
)

// progressSteps is how many virtual machine steps pass between two looks at the clock and at the caller's context.
const progressSteps = 4096

// native is one real connection. It is used by one goroutine at a time; the queues in front of it see to that. Nothing
// interrupts it from outside: a running statement looks at its deadline and its context by itself, every few thousand steps.
type native struct {
	tls     *libc.TLS
	db      uintptr
	out     uintptr // room for the results of C calls
	text    buffer  // the text of the statement being prepared
	args    buffer  // the text and blob arguments of the statement being run
	cache   stmtCache
	pinner  runtime.Pinner
	funcs   functions
	values  []dbValue
	bytes   []byte
	walSize int // pages in the write-ahead log after the last commit

	deadline time.Time       // when the running statement must stop; zero for never
	done     <-chan struct{} // closed when nobody wants the running statement's rows any more
}

// outSize is the size of native.out: four pointers.
const outSize = 32

// openNative opens path. The name of a virtual file system is given by tests only.
func openNative(path, vfs string, statements int) (*native, error) {
	c := &native{tls: libc.NewTLS()}
	c.cache.init(statements)
	c.out = lib.Xsqlite3_malloc64(c.tls, outSize)
	if c.out == 0 {
		c.tls.Close()
		return nil, errNoMemory
	}
	var vfsName uintptr
	if vfs != "" {
		vfsName = c.args.set(c.tls, vfs)
	}
	name := c.text.set(c.tls, path)
	if name == 0 {
		c.close()
		return nil, errNoMemory
	}
	const flags = lib.SQLITE_OPEN_READWRITE | lib.SQLITE_OPEN_CREATE | lib.SQLITE_OPEN_NOMUTEX
	rc := lib.Xsqlite3_open_v2(c.tls, name, c.out, flags, vfsName)
	c.db = loadPointer(c.out)
	if rc != lib.SQLITE_OK {
		err := c.fail(rc)
		c.close()
		return nil, err
	}
	lib.Xsqlite3_extended_result_codes(c.tls, c.db, 1)
	if err := c.harden(); err != nil {
		c.close()
		return nil, err
	}
	c.pinner.Pin(c)
	self := uintptr(unsafe.Pointer(c))
	lib.Xsqlite3_progress_handler(c.tls, c.db, progressSteps, cFunction(onProgress), self)
	if err := c.register(self); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// watchCommits makes the connection note the length of the write-ahead log at each commit.
func (c *native) watchCommits() {
	lib.Xsqlite3_wal_hook(c.tls, c.db, cFunction(onCommit), uintptr(unsafe.Pointer(c)))
}

// harden switches off what SQLite keeps for old programs: a quoted name that no column has must be an error, not a text, and plain
// SQL must not be able to damage the file.
func (c *native) harden() error {
	for _, option := range []struct{ name, on int32 }{
		{lib.SQLITE_DBCONFIG_DQS_DML, 0},
		{lib.SQLITE_DBCONFIG_DQS_DDL, 0},
		{lib.SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
		{lib.SQLITE_DBCONFIG_DEFENSIVE, 1},
	} {
		list := libc.NewVaList(option.on, uintptr(0))
		if list == 0 {
			return errNoMemory
		}
		rc := lib.Xsqlite3_db_config(c.tls, c.db, option.name, list)
		libc.Xfree(c.tls, list)
		if err := c.fail(rc); err != nil {
			return err
		}
	}
	return nil
}

func (c *native) close() {
	if c.db != 0 {
		c.cache.clear()
		lib.Xsqlite3_close_v2(c.tls, c.db)
		c.db = 0
	}
	c.text.free(c.tls)
	c.args.free(c.tls)
	if c.out != 0 {
		lib.Xsqlite3_free(c.tls, c.out)
		c.out = 0
	}
	c.tls.Close()
	c.pinner.Unpin()
}

// limit makes the statements that follow stop at the deadline or when done is closed.
func (c *native) limit(deadline time.Time, done <-chan struct{}) { c.deadline, c.done = deadline, done }

func (c *native) expired() bool {
	select {
	case <-c.done:
		return true
	default:
		return !c.deadline.IsZero() && time.Now().After(c.deadline)
	}
}

// autocommit reports that no transaction is open. After an error it tells whether SQLite undid the transaction by itself.
func (c *native) autocommit() bool { return lib.Xsqlite3_get_autocommit(c.tls, c.db) != 0 }

// unresolvedKeys reports whether a deferred foreign key is violated at the moment.
func (c *native) unresolvedKeys() bool {
	rc := lib.Xsqlite3_db_status(c.tls, c.db, lib.SQLITE_DBSTATUS_DEFERRED_FKS, c.out, c.out+8, 0)
	return rc == lib.SQLITE_OK && *(*int32)(pointer(c.out)) != 0
}

func (c *native) totalChanges() int64 { return lib.Xsqlite3_total_changes64(c.tls, c.db) }
func (c *native) changes() int64      { return lib.Xsqlite3_changes64(c.tls, c.db) }
func (c *native) lastInsertID() int64 { return lib.Xsqlite3_last_insert_rowid(c.tls, c.db) }

func (c *native) busyTimeout(d time.Duration) {
	lib.Xsqlite3_busy_timeout(c.tls, c.db, int32(d.Milliseconds()))
}

// checkpoint copies the write-ahead log into the database file.
func (c *native) checkpoint(mode int32) error {
	return c.fail(lib.Xsqlite3_wal_checkpoint_v2(c.tls, c.db, 0, mode, 0, 0))
}

// fail is the error of a result code with the message the connection holds for it, or nil.
func (c *native) fail(rc int32) error {
	switch rc {
	case lib.SQLITE_OK, lib.SQLITE_ROW, lib.SQLITE_DONE:
		return nil
	}
	e := &resultError{code: int(rc)}
	if c.db != 0 {
		e.message = libc.GoString(lib.Xsqlite3_errmsg(c.tls, c.db))
	}
	return e
}

// exec runs each statement of a text that the package itself wrote.
func (c *native) exec(text string) error {
	for text != "" {
		s, used, err := c.prepare(text, false)
		if err != nil {
			return err
		}
		text = text[used:]
		if s == nil {
			continue
		}
		for row := true; row && err == nil; {
			row, err = s.step()
		}
		s.finalize()
		if err != nil {
			return err
		}
	}
	return nil
}

// onProgress is called by SQLite while a statement runs; anything but zero interrupts it.
func onProgress(_ *libc.TLS, self uintptr) int32 {
	if (*native)(pointer(self)).expired() {
		return 1
	}
	return 0
}

// onCommit is called by SQLite after each commit to the write-ahead log.
func onCommit(_ *libc.TLS, self, _, _ uintptr, pages int32) int32 {
	(*native)(pointer(self)).walSize = int(pages)
	return lib.SQLITE_OK
}
