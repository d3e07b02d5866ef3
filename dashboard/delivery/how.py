"""How what Promise and delivery shows is made, in sentences."""

CHOSEN = (
    "The rule chooses its threshold on validation. The other set only reports: what it shows here, and above all the "
    "threshold that would have been needed, must not be used to choose one and then be called a result of this set."
)
PROMISES_NOTHING = (
    "{rule} promises nothing: a promise is the floor of a rule or of a signed lock. Below, the other set is compared "
    "with what validation shows."
)
HOW_PROMISE = (
    "A promise is judged by what this threshold does on the other set, whatever validation showed. Held: the lower "
    "one-sided 97.5 % limit of its rate is at least the floor. Broken: its upper one is below the floor, less the "
    "shortfall that does not matter. Else these patients do not tell. The limits are exact (Clopper and Pearson), "
    "with effective sample sizes by patient, so a rate that is truly at the floor or above is called broken, and one "
    "truly below it held, in at most 2.5 % of such sets each. They are a little wider than Wilson's interval beside "
    "them."
)
HOW_SUPPORT = (
    "Bootstrap support is the share of 2,000 resamples of that set's patients whose own rate reaches the floor. It "
    "says how firmly these patients back the answer; it is not the probability that the promise holds."
)
HOW_DIFFERENCE = (
    "A threshold that validation chose is flattered there. Corrected for the choice, validation's rate is "
    "less its optimism: each of up to 500 resamples of validation's patients chooses again by the same rule, and its "
    "own rate at that threshold less that of all of validation, on average, is the optimism (Efron; Harrell). It takes "
    "off most of what choosing adds, not all where few patients decide. An answer of Find a threshold is chosen again "
    "by its question; a threshold that neither chose has no optimism taken off. The plain gap has Newcombe's 95 % "
    "interval. Those of the corrected gaps hold together (Bonferroni) for sensitivity and specificity at every "
    "threshold in play: those of all rules, all locks and the one in use. “Differs, more than chance” means that such "
    "an interval excludes 0; of a set that comes from where validation comes from, that is said in at most 5 %."
)
PREVALENCE_ONLY = (
    "A change of prevalence alone moves precision and NPV, never sensitivity or specificity: those change only where "
    "scores change within a class."
)
HOW_SHIFT = (
    "Medians have Woodruff's intervals, with patients as clusters. The distance is Wasserstein's: how far, on average, "
    "scores would have to be moved to turn one distribution into the other. The p-value is of a permutation test over "
    "patients: whole patients are exchanged between validation and the other set, 2,000 times. A patient in both is "
    "swapped with himself or not. A class is said to have moved where Holm's p over both classes is at most 0.05."
)
HOW_INFERRED = (
    "Expectation maximisation (Saerens, Latinne and Decaestecker 2002) looks for the prevalence that makes a set's "
    "scores most likely if nothing else had changed: with the temperature of validation, shifted so that the mean "
    "probability on validation is its share. Interval by a bootstrap over the patients of both splits, the temperature "
    "kept fixed."
)
