namespace Resilience.Client.Polly.Tests.Differences;

/// <summary>In what our circuit differs from Polly's, each difference by name. There is no other: the tests fail on one that none of these explains.</summary>
[Flags]
internal enum CircuitRule
{
    /// <summary>Polly's circuit.</summary>
    None = 0,

    /// <summary>"Opens at 5-19 samples and 100 %": five in a row over half a second, none successful between. Polly waits for as many as the ratio needs.</summary>
    FewInARow = 1,

    /// <summary>The newest attempts decide, as many as the ratio needs; Polly looks at the whole window, which successes of long ago fill.</summary>
    NewestDecide = 2,

    /// <summary>"Down is a backend that refuses connections": one is proof enough.</summary>
    RefusalIsProof = 4,

    /// <summary>A 429 counts for nothing while the circuit is closed, and closes it as a trial's answer: who can say no is alive.</summary>
    NoIsASignOfLife = 8,

    /// <summary>"A cancelled trial decides nothing", nor does a failure that is not HTTP's. Polly takes both for successes: they thin out failures, and close the circuit.</summary>
    WhatSaysNothingDecidesNothing = 16,

    /// <summary>"Outcomes carry the epoch in which their attempt began: a stale success never closes", and a stale failure never opens.</summary>
    StaleCountsForNothing = 32,

    /// <summary>Attempts age by tenths of a second, Polly's by whole ones: up to one second of ten is forgotten sooner there.</summary>
    AgesByTenths = 64,

    /// <summary>"One recovery probe loop": it finds out when calls are let in. Polly lets one in when its break is over, whatever it will meet with.</summary>
    ProbeEndsTheBreak = 128,

    /// <summary>Where nobody waits who could prove it, the backend's word that it is ready is enough, and after a refusal any answer: no call is put at risk.</summary>
    ReadyIsEnough = 256,

    /// <summary>A trial that takes long holds up nobody: every 250 ms without news one more is let in. Polly refuses all until the one is back.</summary>
    OneMoreWithoutNews = 512,

    /// <summary>Our circuit.</summary>
    All = 1023,
}
