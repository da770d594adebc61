package fault

import (
	"net/http"
	"strconv"
	"strings"
)

// The codes that the wire contract names and that have no SQLSTATE.
const (
	CodeNoConnection    = "PGRST000"
	CodeClientFailure   = "PGRST001"
	CodeNotLoaded       = "PGRST002"
	CodePoolTimeout     = "PGRST003"
	CodeParse           = "PGRST100"
	CodeRPCMethod       = "PGRST101"
	CodeBody            = "PGRST102"
	CodeRange           = "PGRST103"
	CodePutFilters      = "PGRST105"
	CodeSchema          = "PGRST106"
	CodeMedia           = "PGRST107"
	CodeNotEmbedded     = "PGRST108"
	CodePutLimit        = "PGRST114"
	CodePutPayload      = "PGRST115"
	CodeNotSingle       = "PGRST116"
	CodeMethod          = "PGRST117"
	CodeRelatedOrder    = "PGRST118"
	CodeEmbedOperator   = "PGRST120"
	CodePreferences     = "PGRST122"
	CodeAggregates      = "PGRST123"
	CodeMaxAffected     = "PGRST124"
	CodePath            = "PGRST125"
	CodeRootOff         = "PGRST126"
	CodeNotImplemented  = "PGRST127"
	CodeMaxAffectedCall = "PGRST128"
	CodeNoRelation      = "PGRST200"
	CodeAmbiguous       = "PGRST201"
	CodeFunction        = "PGRST202"
	CodeAmbiguousCall   = "PGRST203"
	CodeBodyColumn      = "PGRST204"
	CodeResource        = "PGRST205"
	CodeNoSecret        = "PGRST300"
	CodeToken           = "PGRST301"
	CodeAnonymousOff    = "PGRST302"
	CodeClaims          = "PGRST303"
)

// byCode holds the statuses of single codes.
var byCode = map[string]int{
	CodeNoConnection: 503, CodeClientFailure: 503, CodeNotLoaded: 503, CodePoolTimeout: 504,
	CodeParse: 400, CodeRPCMethod: 405, CodeBody: 400, CodeRange: 416, CodePutFilters: 405, CodeSchema: 406, CodeMedia: 406,
	CodeNotEmbedded: 400, CodePutLimit: 400, CodePutPayload: 400, CodeNotSingle: 406, CodeMethod: 405, CodeRelatedOrder: 400,
	CodeEmbedOperator: 400, CodePreferences: 400, CodeAggregates: 400, CodeMaxAffected: 400, CodePath: 404, CodeRootOff: 404,
	CodeNotImplemented: 400, CodeMaxAffectedCall: 400, CodeNoRelation: 400, CodeAmbiguous: 300, CodeFunction: 404,
	CodeAmbiguousCall: 300, CodeBodyColumn: 400, CodeResource: 404, CodeNoSecret: 500, CodeToken: 401, CodeAnonymousOff: 401,
	CodeClaims: 401,

	"23503": 409, "23505": 409, "42P01": 404, "42883": 404, "25006": 405, "21000": 400, "42P17": 500, "P0001": 400,
	"53400": 500, "55P03": 503, "57P01": 503, "57P02": 503, "57P03": 503, "57014": 504,
}

// byClass holds the statuses of SQLSTATE classes. A class that is not here is the client's mistake: 400.
var byClass = map[string]int{
	"0L": 403, "0P": 403, "28": 403,
	"08": 503, "53": 503,
	"09": 500, "25": 500, "2D": 500, "38": 500, "39": 500, "3B": 500, "40": 500, "54": 500, "55": 500, "57": 500, "58": 500,
	"F0": 500, "HV": 500, "XX": 500, "P0": 500,
}

// StatusOf returns the HTTP status of a code. 42501 (permission denied) is 401 for anonymous callers, who may sign in, and 403 for
// everybody else. A code this package does not know is 400 in the form of an SQLSTATE or of a program's own code, and 500 when
// it is empty or looks like a PostgREST code.
func StatusOf(code string, anonymous bool) int {
	if code == "42501" {
		if anonymous {
			return http.StatusUnauthorized
		}
		return http.StatusForbidden
	}
	if status, ok := byCode[code]; ok {
		return status
	}
	for _, prefix := range [...]string{"GW", "PT"} {
		if digits, ok := strings.CutPrefix(code, prefix); ok && len(digits) == 3 {
			return statusIn(digits)
		}
	}
	if len(code) == 5 {
		if status, ok := byClass[code[:2]]; ok {
			return status
		}
	}
	if code == "" || strings.HasPrefix(code, "PGRST") {
		return http.StatusInternalServerError
	}
	return http.StatusBadRequest
}

// statusIn reads a status from the digits of a code.
func statusIn(digits string) int {
	status, err := strconv.Atoi(digits)
	if err != nil || status < 200 || status > 599 {
		return http.StatusInternalServerError
	}
	return status
}
