package query

import (
	"slices"
	"strings"

	"github.com/groundwork-go/groundwork/db/filter"
)

// SplitArgs separates the arguments of a function called by GET from the filters on its result. A declared argument's name wins:
// its value is the argument whatever it looks like. Of the rest, the reserved parameters, keys that lead into an embed and
// values of the form "op.value" belong to the query; everything else is an argument, known or not.
func SplitArgs(params []Param, declared []string) (args, rest []Param) {
	for _, param := range params {
		if !slices.Contains(declared, param.Key) && (reserved(param.Key) || isFilter(param.Value)) {
			rest = append(rest, param)
			continue
		}
		args = append(args, param)
	}
	return args, rest
}

// reserved reports whether a key belongs to the query whatever its value.
func reserved(key string) bool {
	switch key {
	case "select", "columns", "on_conflict", "order", "limit", "offset", "and", "or":
		return true
	}
	return strings.ContainsAny(key, `.>"`)
}

// isFilter reports whether a value has the form of a filter: an operator, perhaps negated or with a modifier, and a dot.
func isFilter(value string) bool {
	value = strings.TrimPrefix(value, "not.")
	end := strings.IndexAny(value, ".(")
	if end < 0 || !isOperator(value[:end]) {
		return false
	}
	if value[end] == '.' {
		return true
	}
	_, after, closed := strings.Cut(value[end:], ")")
	return closed && strings.HasPrefix(after, ".")
}

// isOperator reports whether the grammar has an operator of that name.
func isOperator(name string) bool {
	for op := filter.Eq; op <= filter.WebFTS; op++ {
		if op.String() == name {
			return true
		}
	}
	return false
}
