package filter

// operator is what the grammar and PostgreSQL call an [Op].
type operator struct {
	name string
	// sql is PostgreSQL's operator.
	sql string
	// quantified operators may carry (any) or (all).
	quantified bool
}

var operators = [...]operator{
	Eq:            {"eq", "=", true},
	Neq:           {"neq", "<>", false},
	Gt:            {"gt", ">", true},
	Gte:           {"gte", ">=", true},
	Lt:            {"lt", "<", true},
	Lte:           {"lte", "<=", true},
	Like:          {"like", "~~", true},
	ILike:         {"ilike", "~~*", true},
	Regex:         {"match", "~", true},
	IRegex:        {"imatch", "~*", true},
	In:            {"in", "=", false},
	Is:            {"is", "IS", false},
	IsDistinct:    {"isdistinct", "IS DISTINCT FROM", false},
	Contains:      {"cs", "@>", false},
	ContainedIn:   {"cd", "<@", false},
	Overlaps:      {"ov", "&&", false},
	StrictlyLeft:  {"sl", "<<", false},
	StrictlyRight: {"sr", ">>", false},
	NotRight:      {"nxr", "&<", false},
	NotLeft:       {"nxl", "&>", false},
	Adjacent:      {"adj", "-|-", false},
	FTS:           {"fts", "to_tsquery", false},
	PlainFTS:      {"plfts", "plainto_tsquery", false},
	PhraseFTS:     {"phfts", "phraseto_tsquery", false},
	WebFTS:        {"wfts", "websearch_to_tsquery", false},
}

// String returns the operator's name in the grammar.
func (o Op) String() string {
	if int(o) >= len(operators) || o == 0 {
		return "unknown"
	}
	return operators[o].name
}

// operatorNamed finds an operator by its name in the grammar.
func operatorNamed(name string) (Op, bool) {
	for op := Eq; int(op) < len(operators); op++ {
		if operators[op].name == name {
			return op, true
		}
	}
	return 0, false
}

func (o Op) fullText() bool { return o >= FTS && o <= WebFTS }

func (o Op) forRanges() bool { return o >= StrictlyLeft && o <= Adjacent }

func (o Op) pattern() bool { return o >= Like && o <= IRegex }
