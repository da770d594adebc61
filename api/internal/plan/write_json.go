package plan

import (
	"encoding/json"

	"github.com/uptrace/bun/dialect"

	"github.com/groundwork-go/groundwork/api/internal/wire"
	"github.com/groundwork-go/groundwork/db/schema"
)

// jsonRows writes rows as the JSON array of objects that json_populate_recordset reads: values as strings in the text form of their
// type, JSON columns as they are.
func jsonRows(inputs []input, rows *wire.Rows, r run) (string, error) {
	buf := make([]byte, 0, 64*len(inputs)*(r.to-r.from))
	buf = append(buf, '[')
	for i := r.from; i < r.to; i++ {
		if i > r.from {
			buf = append(buf, ',')
		}
		buf = append(buf, '{')
		for k, in := range inputs {
			if k > 0 {
				buf = append(buf, ',')
			}
			buf = append(appendJSONString(buf, in.column.SQLName), ':')
			arg, err := in.arg(dialect.PG, rows.Row(i))
			if err != nil {
				return "", err
			}
			if buf, err = appendJSONArg(buf, in.column, arg); err != nil {
				return "", err
			}
		}
		buf = append(buf, '}')
	}
	return string(append(buf, ']')), nil
}

func appendJSONArg(buf []byte, column *schema.Column, arg any) ([]byte, error) {
	text, ok := arg.(string)
	switch {
	case !ok:
		return append(buf, "null"...), nil
	case column.Kind != schema.JSON:
		return appendJSONString(buf, text), nil
	case !json.Valid([]byte(text)):
		return nil, &schema.ValueError{SQLState: "22P02", Message: "invalid input syntax for type json"}
	}
	return append(buf, text...), nil
}

// appendJSONString appends s as a JSON string.
func appendJSONString(buf []byte, s string) []byte {
	const hex = "0123456789abcdef"
	buf = append(buf, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			buf = append(buf, '\\', c)
		case c < ' ':
			buf = append(buf, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			buf = append(buf, c)
		}
	}
	return append(buf, '"')
}
