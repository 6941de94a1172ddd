import { airspeed, localstack, type Fact } from './fact.ts';

/** A behaviour of mapping templates, with what shows it. */
export interface TemplateFact extends Fact {
  /** The constructs that it is about, as `constructsIn` names them; none when it is a trap that no template may rely on. */
  constructs: string[];
  /** `body` is the request's JSON. */
  shown: { template: string; body?: unknown; renders: string }[];
}

/** What API Gateway's Velocity answers. A template may use only what stands here. */
export const templateFacts: TemplateFact[] = [
  {
    what: '#if of a reference that is missing or null',
    answer: 'true; only the boolean false is false',
    knownBy: 'recorded',
    source: airspeed('test_if_statement_considers_None_to_be_truthy, test_formal_reference_in_an_if_condition'),
    constructs: [],
    shown: [
      { template: "#if($input.path('$.x'))yes#end", body: {}, renders: 'yes' },
      { template: "#if($input.path('$.x'))yes#end", body: { x: null }, renders: 'yes' },
      { template: "#if($input.path('$.x'))yes#end", body: { x: false }, renders: '' },
      { template: '#if(${a.b.c})yes#end', renders: 'yes' },
    ],
  },
  {
    what: '#if of an empty text, 0 or an empty list',
    answer: 'true',
    knownBy: 'believed',
    source: 'old Velocity; $velocityHasNext, which version 2 lacks, works on API Gateway',
    constructs: [],
    shown: [
      { template: "#if('')a#end#if(0)b#end#if([])c#end", renders: 'abc' },
    ],
  },
  {
    what: 'a reference that is missing or null, printed or within a text in double quotes',
    answer: 'nothing is printed',
    knownBy: 'recorded',
    source: `${airspeed('test_unmatched_name_does_not_get_substituted')}; ${localstack('common', 'test_input_path_template_formatting')}`,
    constructs: [],
    shown: [
      { template: 'Hello $name', renders: 'Hello ' },
      { template: "<$input.path('$.x')>", body: { x: null }, renders: '<>' },
      { template: '#set($t = "<$name>")$t', renders: '<>' },
    ],
  },
  {
    what: 'null and the empty text',
    answer: 'are equal, and so are two nulls',
    knownBy: 'recorded',
    source: `${localstack('common', 'test_input_path_template_formatting')}; ${airspeed('test_put_null_in_map')}`,
    constructs: [],
    shown: [
      { template: `#if($input.path('$.x') == "")yes#end#if($input.path('$.x') == $null)yes#end`, body: {}, renders: 'yesyes' },
      { template: `#if($input.path('$.x') == "")yes#end`, body: { x: null }, renders: 'yes' },
      { template: `#if("$none" == "")yes#end`, renders: 'yes' },
    ],
  },
  {
    what: '#if, #else, #elseif',
    answer: 'the first branch whose condition is not false',
    knownBy: 'recorded',
    source: airspeed('test_true_elseif_evaluated_when_if_is_false, test_first_true_elseif_evaluated_when_if_is_false, test_else_evaluated_when_if_and_elseif_are_false'),
    constructs: ['#if', '#elseif', '#else'],
    shown: [
      { template: '#if(false)one#elseif(true)two#end', renders: 'two' },
      { template: '#if(true)one#elseif(false)two#elseif(true)three#end', renders: 'one' },
      { template: '#if(false)one#elseif(false)two#else three#end', renders: ' three' },
    ],
  },
  {
    what: '! of a reference',
    answer: 'true for false alone; a null is true, so its negation is false',
    knownBy: 'recorded',
    source: airspeed('test_logical_negation_operator'),
    constructs: ['!'],
    shown: [
      { template: "#if(!$input.path('$.x'))yes#end", body: { x: false }, renders: 'yes' },
      { template: "#if(!$input.path('$.x'))yes#end", body: { x: true }, renders: '' },
      { template: "#if(!$input.path('$.x'))yes#end", body: { x: null }, renders: '' },
    ],
  },
  {
    what: '&& and ||',
    answer: 'as usual',
    knownBy: 'recorded',
    source: airspeed('test_and_operator, test_or_operator, test_compound_binary_and_unary_operators'),
    constructs: ['&&', '||'],
    shown: [
      { template: '#if(false && true)a#end#if(true && false)b#end#if(true && true)c#end', renders: 'c' },
      { template: '#if(false || false)a#end#if(true || false)b#end#if(false || true)c#end', renders: 'bc' },
      { template: '#if(!false && !false)a#end#if(!true && !false)b#end', renders: 'a' },
    ],
  },
  {
    what: '==, > and <= of numbers',
    answer: 'as usual',
    knownBy: 'recorded',
    source: airspeed('test_compare_equality_operator, test_compare_greater_than_operator, test_compare_less_than_or_equal_operator'),
    constructs: ['==', '>', '<='],
    shown: [
      { template: "#if($input.path('$.n') == 1)a#end#if($input.path('$.n') > 1)b#end#if($input.path('$.n') <= 1)c#end", body: { n: 0 }, renders: 'c' },
      { template: "#if($input.path('$.n') == 1)a#end#if($input.path('$.n') > 1)b#end#if($input.path('$.n') <= 1)c#end", body: { n: 1 }, renders: 'ac' },
      { template: "#if($input.path('$.n') == 1)a#end#if($input.path('$.n') > 1)b#end#if($input.path('$.n') <= 1)c#end", body: { n: 2 }, renders: 'b' },
    ],
  },
  {
    what: '#set to numbers, booleans and texts in either quotes; references within double quotes, with braces or without',
    answer: 'the value; references are filled in within double quotes alone, and what they bring is not looked at again',
    knownBy: 'recorded',
    source: airspeed(
      'test_can_use_an_integer_variable_defined_in_template, test_understands_boolean_literal_true, test_can_use_a_single_quoted_string_variable_defined_in_template, test_string_literal_with_inner_double_quotes, test_variables_expanded_in_double_quoted_strings, test_embed_substitution_value_in_braces_gets_handled, test_unmatched_trailing_brace_preserved',
    ),
    constructs: ['#set', 'integer', "'text'", '"text"', '${braces}'],
    shown: [
      { template: '#set($value = 10)$value', renders: '10' },
      { template: '#set ($v = true)$v', renders: 'true' },
      { template: `#set($d = '{"a": 2}')$d`, renders: '{"a": 2}' },
      { template: `#set($name = 'Steve')#set($hello="hello, $name is my name")$hello`, renders: 'hello, Steve is my name' },
      { template: `#set($name = 'World')Hello \${name}. Hello $name}.`, renders: 'Hello World. Hello World}.' },
    ],
  },
  {
    what: '#foreach over a list; $foreach.index and $foreach.hasNext',
    answer: 'the index counts from 0; over what is missing there is no round',
    knownBy: 'recorded',
    source: airspeed('test_foreach_makes_loop_variable_accessible, test_loop_index_variable_available_in_loops_new, test_has_next_new, test_foreach_with_unset_variable_expands_to_nothing'),
    constructs: ['#foreach', '$foreach.index', '$foreach.hasNext'],
    shown: [
      { template: "#foreach($n in $input.path('$.names'))$foreach.index $n#if($foreach.hasNext),#end#end", body: { names: ['a', 'b'] }, renders: '0 a,1 b' },
      { template: '#foreach($value in $values)foo#end', renders: '' },
    ],
  },
  {
    what: '#set within a #foreach',
    answer: 'changes the variable outside of it; the variable of the loop itself is gone afterwards',
    knownBy: 'recorded',
    source: airspeed('test_outer_variable_assignable_from_foreach_block, test_no_assignment_to_outer_var_if_same_varname_in_block, test_loop_variable_not_accessible_after_loop'),
    constructs: ['#set'],
    shown: [
      { template: "#set($var = 1)#foreach($i in $input.path('$.l'))$var,#set($var = $i)#end$var", body: { l: [2, 3, 4] }, renders: '1,2,3,4' },
      { template: "#set($i = 1)$i,#foreach($i in $input.path('$.l'))$i,#set($i = $i)#end$i", body: { l: [2, 3, 4] }, renders: '1,2,3,4,1' },
      { template: "#foreach($n in $input.path('$.l'))$n#end<$n>", body: { l: [1] }, renders: '1<>' },
    ],
  },
  {
    what: 'rounds of a #foreach',
    answer: 'at most 1,000',
    knownBy: 'documented',
    source: 'API Gateway developer guide, "Quotas for configuring and running a REST API"',
    constructs: [],
    shown: [],
  },
  {
    what: '.length(), .contains(), .startsWith() and .matches() of a text',
    answer: "as Java's String",
    knownBy: 'recorded',
    source: airspeed('test_string_length, test_string_contains_true, test_string_starts_with_true, test_string_starts_with_false, test_string_matches_true, test_string_matches_false, test_string_matches_full_date'),
    constructs: ['.length()', '.contains()', '.startsWith()', '.matches()'],
    shown: [
      { template: "#set($foo = 'foobar123') $foo.length()", renders: ' 9' },
      { template: "#set($foo = 'foobar123') #if($foo.contains('foo'))yes!#end", renders: ' yes!' },
      { template: "#set($foo = 'nofoobar123') #if($foo.startsWith('foo'))yes!#end", renders: ' ' },
      { template: "#set($s = '123456789')$s.matches('[0-9]*')", renders: 'true' },
      { template: "#set($s = 'd123')$s.matches('[0-9]*')", renders: 'false' },
      { template: `#set($s = '2020-01-20T08:00:00.000Z')$s.matches('^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:00\\.000Z$')`, renders: 'true' },
    ],
  },
  {
    what: '.replaceAll(), .indexOf() and .substring() of a text; .add(), .get(), .contains() and .isEmpty() of a list',
    answer: "as Java's; no template needs them",
    knownBy: 'recorded',
    source: airspeed('test_string_replace_all, test_string_index_of, test_string_substring, test_array_add_item, test_array_get_item, test_array_contains_true, test_array_is_empty'),
    constructs: [],
    shown: [
      { template: "#set($foo = 'foobar123bab')$foo.replaceAll('ba.', 'foo')", renders: 'foofoo123foo' },
      { template: "#set($foo = 'something')$foo.indexOf('e') $foo.substring(3, 6)", renders: '3 eth' },
      { template: "#set($foo = [1,2,3])#set($ignore = $foo.add('string value'))#foreach($item in $foo)$item,#end$foo.get(1)$foo.isEmpty()", renders: '1,2,3,string value,2false' },
      { template: '#set($foo = [1,2,3])#if($foo.contains(1))found#end#if($foo.contains(10))found#end', renders: 'found' },
    ],
  },
  {
    what: '.size() of a list',
    answer: 'its length',
    knownBy: 'recorded',
    source: airspeed('test_array_size'),
    constructs: ['.size()'],
    shown: [{ template: "$input.path('$.l').size()", body: { l: [1, 2, 3] }, renders: '3' }],
  },
  {
    what: '$input.body of a request without one',
    answer: 'the text {}',
    knownBy: 'recorded',
    source: localstack('common', 'test_input_body_formatting (empty-body)'),
    constructs: ['$input.body'],
    shown: [{ template: '$input.body', renders: '{}' }],
  },
  {
    what: '$input.path() and $input.json() of what is missing, or of a body that is no JSON',
    answer: 'nothing, and ""',
    knownBy: 'reported',
    source: 'localstack/localstack pull request 12774, "checked in the AWS console"; developer guide, "Variables for data transformations"',
    constructs: ['$input.path()', '$input.json()'],
    shown: [
      { template: "$input.path('$.x')$input.json('$.x')", body: {}, renders: '""' },
      { template: `#if($input.json('$.batch').startsWith('['))list#{else}none#end`, body: { batch: '[' }, renders: 'none' },
    ],
  },
  {
    what: '$input.json() of a null',
    answer: 'null or ""; templates come to the same under both',
    knownBy: 'believed',
    source: 'not found; see test/lib/templates.test.ts',
    constructs: [],
    shown: [],
  },
  {
    what: '#set to a null; + with a null; a method of a null',
    answer: 'not known, so local/ refuses it and no template does it',
    knownBy: 'believed',
    source: 'not found; Velocity 1 keeps the old value of the variable',
    constructs: [],
    shown: [],
  },
  {
    what: '$input.json() of a path that the template puts together, and $util.base64Encode(), in a PutRecords request of many records',
    answer: 'works; the answer has FailedRecordCount and Records',
    knownBy: 'recorded',
    source: localstack('kinesis', 'test_apigateway_to_kinesis[PutRecords]'),
    constructs: ['$input.json()', '$util.base64Encode()'],
    shown: [
      { template: `#foreach($r in $input.path('$.records'))#set($path = "$.records[\${foreach.index}]")$util.base64Encode($input.json($path));#end`, body: { records: ['a', 'b'] }, renders: `${btoa('"a"')};${btoa('"b"')};` },
    ],
  },
  {
    what: '$context.authorizer.<name> of a Lambda authorizer; $context.requestTimeEpoch; $context.extendedRequestId',
    answer: 'the text that the function gave; milliseconds; an id that the client cannot choose',
    knownBy: 'documented',
    source: 'developer guide, "Variables for data transformations"',
    constructs: ['$context.authorizer.keyId', '$context.authorizer.source', '$context.requestTimeEpoch', '$context.extendedRequestId'],
    shown: [{ template: '"$context.authorizer.keyId" "$context.requestTimeEpoch"', renders: '"key-1" "1700000000000"' }],
  },
  {
    what: '#set($context.responseOverride.status = 503) in a template of a response',
    answer: 'the answer has that status',
    knownBy: 'documented',
    source: `developer guide, "Override your API's request and response parameters and status codes"; in a template of a request: ${localstack('integrations', 'test_response_override_in_request_template')}`,
    constructs: ['$context.responseOverride.status'],
    shown: [],
  },
];
