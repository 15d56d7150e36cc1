"""`parameters:`: one plan for each combination, each with its own label."""

from harness.base import limits
from tests.scenario.written import HEAD, mistakes, plan, plans


def test_a_parameter_makes_one_plan_for_each_value() -> None:
    made = plans(
        HEAD + "human: {rejects: $code}\nparameters: {code: [486, 603]}\nexpect: {progress: [100, $code]}\n"
    )
    assert [one.id for one in made] == ["x.yaml[code=486]", "x.yaml[code=603]"]
    assert [one.party("human").behaviour.rejects for one in made] == [486, 603]
    assert [one.expectations[0].wanted for one in made] == [(100, 486), (100, 603)]
    assert {one.source for one in made} == {"x.yaml"}


def test_two_parameters_combine_and_the_last_one_changes_fastest() -> None:
    made = plans(
        HEAD + "parameters:\n  a: [1s, 2s]\n  b: [3s, 4s]\nhuman: {rings_after: $a, answers_after: $b}\n"
    )
    assert [one.id for one in made] == [
        "x.yaml[a=1s,b=3s]", "x.yaml[a=1s,b=4s]", "x.yaml[a=2s,b=3s]", "x.yaml[a=2s,b=4s]",
    ]  # fmt: skip


def test_two_dollars_are_the_text_with_one() -> None:
    assert plan("caller: {name: $$tar}\n").party("caller").display == "$tar"


def test_a_dollar_inside_a_text_is_just_a_dollar() -> None:
    assert plan("context: {headers: {X-Sum: 5$ or $6}}\n").context_headers == (("X-Sum", "5$ or $6"),)


def test_a_mistake_that_all_combinations_share_is_said_once() -> None:
    text = HEAD + "human: {rejects: $code, colour: red}\nparameters: {code: [486, 603]}\n"
    (mistake,) = mistakes(text)
    assert mistake.startswith("3:25: unknown key 'colour' in the human; known here: number, name, ")


def test_a_wrong_value_of_a_parameter_names_the_value() -> None:
    text = HEAD + "human: {rejects: $code}\nparameters: {code: [486, 200]}\n"
    assert mistakes(text) == ["4:26: '200' is not a SIP status code from 400 to 699 ($code on line 3)"]


def test_mistakes_in_parameters_are_said_where_they_stand() -> None:
    assert mistakes(HEAD + "parameters: [a]\n") == [
        "3:13: 'parameters' wants a block of 'name: [values]' lines; such as parameters: {code: [486, 603]}"
    ]
    assert mistakes(HEAD + "human: {rejects: $coed}\nparameters: {code: [486]}\n") == [
        "3:18: there is no parameter 'coed'; did you mean 'code'?"
    ]
    assert mistakes(HEAD + "parameters: {code: []}\nhuman: {rejects: $code}\n") == [
        "3:20: the parameter 'code' wants a list of single values; such as code: [486, 603]"
    ]
    assert mistakes(HEAD + "caller: {name: $x}\nparameters:\n  x: [a, a]\n  y z: [[1]]\n") == [
        "5:10: the value 'a' is given twice",
        "6:3: 'y z' is not a name; letters, digits, - and _",
        "6:8: the parameter 'y z' wants a list of single values; such as code: [486, 603]",
    ]


def test_too_many_combinations_are_refused() -> None:
    row = "[" + ", ".join(f"{number}s" for number in range(1, 41)) + "]"
    text = HEAD + f"parameters:\n  a: {row}\n  b: {row}\nhuman: {{rings_after: $a, answers_after: $b}}\n"
    most = limits.SCENARIO_COMBINATIONS_MAX
    said = f"3:1: 1600 combinations; at most {most} are played; shorten a list, or make two files"
    assert mistakes(text) == [said]
