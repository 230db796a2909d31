<!doctype html>
<html lang="en">
<head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>FinTrack</title>
    <link rel="stylesheet" href="/build/assets/app-58dd32e8.css">
</head>
<body>
    <h1>FinTrack</h1>
    <dl>
        <dt>Your visits</dt>
        <dd id="visits">{{ $visits }}</dd>
        <dt>Transactions booked</dt>
        <dd id="transactions">{{ $transactions }}</dd>
    </dl>
</body>
</html>
