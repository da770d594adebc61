package filter

import (
	"fmt"
	"strings"
)

// variableNames lists the variables for messages.
const variableNames = "{auth.uid} {auth.role} {auth.email} {auth.tenant} {auth.roles} {auth.claims.…} {now}"

// userMetadata are the claims that users edit themselves: nothing may depend on them.
const userMetadata = "auth.claims.user_metadata"

// variable recognises {auth.…} and {now} at the start of src. The length is 0 when src begins otherwise, and the error is set when
// it begins with a variable that does not exist.
func variable(src string) (name string, length int, err error) {
	end := strings.IndexByte(src, '}')
	if end < 0 {
		return "", 0, nil
	}
	name = strings.TrimPrefix(src[:end], "{")
	if len(name) == end || name != "now" && !strings.HasPrefix(name, "auth.") || strings.ContainsAny(name, `{",()& `) {
		return "", 0, nil
	}
	if !knownVariable(name) {
		return "", end + 1, fmt.Errorf("unknown variable {%s}; the variables are %s", name, variableNames)
	}
	if name == userMetadata || strings.HasPrefix(name, userMetadata+".") {
		return "", end + 1, fmt.Errorf("{%s} is refused: users edit it themselves", name)
	}
	return name, end + 1, nil
}

func knownVariable(name string) bool {
	switch name {
	case "now", "auth.uid", "auth.role", "auth.email", "auth.tenant", "auth.roles":
		return true
	}
	path, ok := strings.CutPrefix(name, "auth.claims.")
	return ok && path != "" && !strings.Contains("."+path+".", "..")
}

// variable reads a variable, or an array that holds one: {auth.uid} or {{auth.uid}}. The Value is empty when neither comes next or
// more follows than the end, a comma or a parenthesis.
func (p *Parser) variable(s *scanner) (Value, error) {
	rest := s.rest()
	inArray := strings.HasPrefix(rest, "{{")
	if inArray {
		rest = rest[1:]
	}
	name, length, err := variable(rest)
	if err != nil {
		return Value{}, s.failWith(err.Error())
	}
	if length == 0 {
		return Value{}, nil
	}
	if inArray {
		if !strings.HasPrefix(rest[length:], "}") {
			return Value{}, nil
		}
		length += 2
	}
	if after := s.rest()[length:]; after != "" && after[0] != ',' && after[0] != ')' {
		return Value{}, nil
	}
	s.pos += length
	return Value{Var: name, InArray: inArray}, nil
}
