package sqlite

import (
	"errors"
	"regexp"
	"strings"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"

	"github.com/groundwork-go/groundwork/db"
)

// maxPattern is the longest regular expression, in bytes.
const maxPattern = 256

// functions is what the SQL functions of one connection remember between calls.
type functions struct {
	like, ilike   patternCache[likePattern]
	match, imatch patternCache[regexp.Regexp]
	json          patternCache[jsonValue]
}

// sqlFunctions are the functions of every connection. All take two arguments and give NULL when one is NULL.
func sqlFunctions() map[string]uintptr {
	return map[string]uintptr{
		"gw_like":          cFunction(sqlLike),
		"gw_ilike":         cFunction(sqlILike),
		"gw_match":         cFunction(sqlMatch),
		"gw_imatch":        cFunction(sqlIMatch),
		"regexp":           cFunction(sqlMatch),
		"gw_json_contains": cFunction(sqlJSONContains),
		"gw_json_overlaps": cFunction(sqlJSONOverlaps),
	}
}

// register defines the functions on the connection; self is its own address.
func (c *native) register(self uintptr) error {
	const flags = lib.SQLITE_UTF8 | lib.SQLITE_DETERMINISTIC | lib.SQLITE_INNOCUOUS
	for name, address := range sqlFunctions() {
		p := c.text.set(c.tls, name)
		if p == 0 {
			return errNoMemory
		}
		if err := c.fail(lib.Xsqlite3_create_function_v2(c.tls, c.db, p, 2, flags, self, address, 0, 0, 0)); err != nil {
			return err
		}
	}
	return nil
}

func sqlLike(tls *libc.TLS, ctx uintptr, _ int32, argv uintptr) {
	call(tls, ctx, argv, func(f *functions, pattern, text []byte) (bool, error) {
		p, err := f.like.get(pattern, newLike)
		return err == nil && p.match(text), err
	})
}

func sqlILike(tls *libc.TLS, ctx uintptr, _ int32, argv uintptr) {
	call(tls, ctx, argv, func(f *functions, pattern, text []byte) (bool, error) {
		p, err := f.ilike.get(pattern, newILike)
		return err == nil && p.match(text), err
	})
}

func sqlMatch(tls *libc.TLS, ctx uintptr, _ int32, argv uintptr) {
	call(tls, ctx, argv, func(f *functions, pattern, text []byte) (bool, error) {
		p, err := f.match.get(pattern, newRegexp)
		return err == nil && p.Match(text), err
	})
}

func sqlIMatch(tls *libc.TLS, ctx uintptr, _ int32, argv uintptr) {
	call(tls, ctx, argv, func(f *functions, pattern, text []byte) (bool, error) {
		p, err := f.imatch.get(pattern, newIRegexp)
		return err == nil && p.Match(text), err
	})
}

func sqlJSONContains(tls *libc.TLS, ctx uintptr, _ int32, argv uintptr) {
	call(tls, ctx, argv, func(f *functions, a, b []byte) (bool, error) { return f.compareJSON(a, b, jsonContains) })
}

func sqlJSONOverlaps(tls *libc.TLS, ctx uintptr, _ int32, argv uintptr) {
	call(tls, ctx, argv, func(f *functions, a, b []byte) (bool, error) { return f.compareJSON(a, b, jsonOverlaps) })
}

// call hands the two arguments to fn as bytes that stay SQLite's, and its answer back.
func call(tls *libc.TLS, ctx, argv uintptr, fn func(f *functions, a, b []byte) (bool, error)) {
	a, b := loadPointer(argv), loadPointer(argv+pointerSize)
	if lib.Xsqlite3_value_type(tls, a) == lib.SQLITE_NULL || lib.Xsqlite3_value_type(tls, b) == lib.SQLITE_NULL {
		lib.Xsqlite3_result_null(tls, ctx)
		return
	}
	c := (*native)(pointer(lib.Xsqlite3_user_data(tls, ctx)))
	ok, err := fn(&c.funcs, valueBytes(tls, a), valueBytes(tls, b))
	if err != nil {
		c.failFunction(ctx, err)
		return
	}
	n := int32(0)
	if ok {
		n = 1
	}
	lib.Xsqlite3_result_int(tls, ctx, n)
}

func valueBytes(tls *libc.TLS, v uintptr) []byte {
	p := lib.Xsqlite3_value_text(tls, v)
	return view(p, int(lib.Xsqlite3_value_bytes(tls, v)))
}

// functionPrefix begins the message of an error that a function returns; the SQLSTATE follows.
const functionPrefix = "gw:"

func (c *native) failFunction(ctx uintptr, err error) {
	code, message := "XX000", err.Error()
	var e *db.Error
	if errors.As(err, &e) {
		code, message = e.Code, e.Message
	}
	var b buffer
	text := functionPrefix + code + ":" + message
	if p := b.set(c.tls, text); p != 0 {
		lib.Xsqlite3_result_error(c.tls, ctx, p, int32(len(text)))
	}
	b.free(c.tls)
}

// functionError takes the message of an error apart that failFunction put together.
func functionError(message string) (code, text string, ok bool) {
	rest, ok := strings.CutPrefix(message, functionPrefix)
	if !ok || len(rest) < 6 || rest[5] != ':' {
		return "", "", false
	}
	return rest[:5], rest[6:], true
}

func newLike(pattern string) (*likePattern, error)  { return likeOrError(pattern, false) }
func newILike(pattern string) (*likePattern, error) { return likeOrError(pattern, true) }

func likeOrError(pattern string, fold bool) (*likePattern, error) {
	p, ok := compileLike(pattern, fold)
	if !ok {
		return nil, &db.Error{Code: "22025", Message: "LIKE pattern must not end with escape character"}
	}
	return p, nil
}

func newRegexp(pattern string) (*regexp.Regexp, error)  { return regexpOrError(pattern, "") }
func newIRegexp(pattern string) (*regexp.Regexp, error) { return regexpOrError(pattern, "(?i)") }

func regexpOrError(pattern, flags string) (*regexp.Regexp, error) {
	if len(pattern) > maxPattern {
		return nil, &db.Error{Code: "2201B", Message: "invalid regular expression: longer than 256 bytes"}
	}
	re, err := regexp.Compile(flags + pattern)
	if err != nil {
		return nil, &db.Error{Code: "2201B", Message: "invalid regular expression: " + strings.TrimPrefix(err.Error(), "error parsing regexp: ")}
	}
	return re, nil
}
